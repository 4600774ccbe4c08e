/** How much of a result a model is told. Characters. */
const RESULT_CHARACTERS = 24_000;

const CUT = '\n[The rest was left out: it is too long. Ask for less at once.]';

const NOTHING_RETURNED = 'That worked. The tool returned nothing.';

/** What a model is told of a result: delimited as data, and bounded. */
export function markedResult(text: string, marker: string): string {
  const whole = text === '' ? NOTHING_RETURNED : text;
  const shown =
    whole.length > RESULT_CHARACTERS
      ? whole.slice(0, RESULT_CHARACTERS).toWellFormed() + CUT
      : whole;
  return `[${marker}]\n${shown}\n[/${marker}]`;
}
