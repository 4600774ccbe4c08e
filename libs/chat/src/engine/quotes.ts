/** Each closes any other of its kind: phones pair them by language, and mix them. */
const DOUBLE =
  '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\u301d\u301e\u301f\uff02';
const SINGLE = "'\u2018\u2019\u201a\u201b\u2039\u203a\uff07";

export const QUOTES = DOUBLE + SINGLE;

/** A quoted text at the start of another one. */
export interface Quoted {
  readonly text: string;
  /** How long it is with its quotes. */
  readonly length: number;
}

/** The quotes of the kind of this character; undefined for any other character. */
export function quotesLike(char: string | undefined): string | undefined {
  if (char === undefined || char === '') return undefined;
  if (DOUBLE.includes(char)) return DOUBLE;
  return SINGLE.includes(char) ? SINGLE : undefined;
}

/**
 * Reads a quoted text, in which a backslash stands before a quote, a backslash or an `n`. A quote ends it where what
 * follows may follow a value; any other quote, such as the apostrophe of a word or a pair within, is part of the text.
 *
 * @param mayFollow whether the rest of the input, which begins behind the quote, fits behind a value
 * @returns undefined if it does not begin with a quote, or none ends it
 */
export function readQuoted(
  input: string,
  mayFollow: (rest: string) => boolean,
): Quoted | undefined {
  const quotes = quotesLike(input[0]);
  if (quotes === undefined) return undefined;
  let text = '';
  let open = 0;
  for (let at = 1; at < input.length; at += 1) {
    const char = input[at]!;
    if (char === '\\' && at + 1 < input.length) {
      at += 1;
      text += input[at] === 'n' ? '\n' : input[at]!;
      continue;
    }
    if (quotes.includes(char)) {
      if (opensWithin(input, at)) open += 1;
      else if (open > 0) open -= 1;
      else if (mayFollow(input.slice(at + 1))) {
        return { text: withoutSpacing(text, input[0]!), length: at + 1 };
      }
    }
    text += char;
  }
  return undefined;
}

/** A typographic quote behind a space and before a word begins a quotation; an ASCII one may as well end the value. */
function opensWithin(input: string, at: number): boolean {
  return (
    !'"\''.includes(input[at]!) &&
    /[\s([{]/.test(input[at - 1]!) &&
    /[^\s]/.test(input[at + 1] ?? ' ')
  );
}

/** French keyboards set a no-break space inside of « and ». */
function withoutSpacing(text: string, opening: string): string {
  return '\u00ab\u2039'.includes(opening)
    ? text.replace(/^[\u00a0\u202f]|[\u00a0\u202f]$/g, '')
    : text;
}
