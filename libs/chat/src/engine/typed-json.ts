import { parseExactJson } from '@app/mcp';
import { quotesLike } from './quotes.js';
import { BLANKS } from './typed-text.js';

const BLANK = new RegExp(BLANKS, 'u');

/** What keyboards for Chinese and Japanese type between the texts of a JSON value. */
const SIGNS = new Map([
  ['\uff5b', '{'],
  ['\uff5d', '}'],
  ['\uff3b', '['],
  ['\uff3d', ']'],
  ['\uff1a', ':'],
  ['\uff0c', ','],
  ['\u3001', ','],
]);

const BEHIND_A_TEXT = new RegExp(`^${BLANKS}*(?:$|[:,}\\]\uff1a\uff0c\u3001\uff5d\uff3d])`, 'u');

/** Whether a text is meant as a JSON object or array. */
export function beginsAsJson(text: string): boolean {
  return /^[{[\uff5b\uff3b]/.test(text);
}

/** Reads JSON as it was typed: strictly, or else with typographic quotes and signs. @throws SyntaxError */
export function parseTypedJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return parseExactJson(plainJson(text));
  }
}

/** How long the JSON object or array is that the text begins with; undefined if it does not end. */
export function jsonLength(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = SIGNS.get(text[at]!) ?? text[at]!;
    if (quotesLike(char)?.startsWith('"')) at = endOfText(text, at);
    else if ('{['.includes(char)) depth += 1;
    else if ('}]'.includes(char)) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

function plainJson(text: string): string {
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (quotesLike(char)?.startsWith('"')) {
      const end = endOfText(text, at);
      plain += `"${text.slice(at + 1, end).replace(/\\[\s\S]|"/g, (part) => (part === '"' ? '\\"' : part))}"`;
      at = end;
    } else plain += SIGNS.get(char) ?? (BLANK.test(char) ? ' ' : char.normalize('NFKC'));
  }
  return plain;
}

/** Where the text ends that begins with the quote at `start`: at the next one with a sign behind it. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (quotesLike(text[at])?.startsWith('"') && BEHIND_A_TEXT.test(text.slice(at + 1)))
      return at;
  }
  return text.length;
}
