/** The text on one line of at most `max` characters, so that a title cannot break out of its line in a list. */
export function oneLine(text: string, max: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= max) return line;
  // Cutting must not leave half of a character of two units behind.
  return `${line.slice(0, max - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
