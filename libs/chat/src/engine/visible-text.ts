/** What is not seen where a text is shown, or changes how its other characters are seen. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{C}\u2800]/gu;

/** But for line ends and tabs, and what joins the parts of an emoji. */
const HARMLESS = /^[\n\t]$/;
const JOINS_EMOJI = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
const JOINERS = '\u200d\ufe0f';

/** With a code in the place of each character that would not be seen: what is approved has to be read. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character, at: number) => {
    const isJoiner =
      JOINERS.includes(character) && JOINS_EMOJI.test(text.slice(Math.max(0, at - 2), at));
    if (isJoiner || HARMLESS.test(character)) return character;
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
