import { cleanText } from '../results/clean-text.js';
import { parseJson } from '../json/json-text.js';

/** Where an object, or a list of objects, may begin that is a message. */
const BEGIN_OF_MESSAGE = /[[{]\s*(?:\{\s*)?"(?:jsonrpc|id|method|params|result|error)"\s*:/g;

/** Whole texts, so that a bracket in one of them is none. */
const TEXT_OR_BRACKET = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{}[\]]/g;

/** What other languages write for numbers that JSON does not have, and texts, in which the same is a word. */
const TEXT_OR_NO_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

/** What has to be escaped in a text, and is not by every server. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f]/g;

/** Each beginning without an end costs a look at all the rest. */
const MAX_UNENDED = 2;

/** The most values of one text. */
const MAX_VALUES = 1_000;

/** A value of JSON in a text. */
export interface FoundJson {
  readonly value: unknown;
  /** Something else stands before it: a prompt, the time, the words of a logger. */
  readonly isBehindNoise: boolean;
}

/**
 * The values of JSON in a text that may be messages: the text as a whole, or else what stands in it between other things,
 * such as behind a prompt or another message. `NaN` is null, and a control character in a text is one. What is not
 * understood is left out.
 */
export function jsonInText(text: string): FoundJson[] {
  const whole = valueOf(text, parseJson);
  return whole ? [{ ...whole, isBehindNoise: false }] : valuesWithin(cleanText(text));
}

function valuesWithin(text: string): FoundJson[] {
  const found: FoundJson[] = [];
  let behind = 0;
  let unended = 0;
  BEGIN_OF_MESSAGE.lastIndex = 0;
  for (let begin; (begin = BEGIN_OF_MESSAGE.exec(text));) {
    const { index } = begin;
    const end = endOfValue(text, index);
    if (end === undefined) {
      unended += 1;
      if (unended >= MAX_UNENDED) break;
      BEGIN_OF_MESSAGE.lastIndex = index + 1;
      continue;
    }
    const value = valueOf(text.slice(index, end), parseRepaired);
    if (value) found.push({ ...value, isBehindNoise: text.slice(behind, index).trim() !== '' });
    if (found.length >= MAX_VALUES) break;
    behind = end;
    BEGIN_OF_MESSAGE.lastIndex = end;
  }
  return found;
}

function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  TEXT_OR_BRACKET.lastIndex = start;
  for (let part; (part = TEXT_OR_BRACKET.exec(text));) {
    const [sign] = part;
    if (sign === '{' || sign === '[') depth += 1;
    else if (sign === '}' || sign === ']') depth -= 1;
    if (depth === 0) return part.index + 1;
  }
  return undefined;
}

function parseRepaired(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return parseJson(
      text.replace(TEXT_OR_NO_NUMBER, (part) =>
        part.startsWith('"') ? part.replace(CONTROL, escaped) : 'null',
      ),
    );
  }
}

function escaped(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function valueOf(text: string, parse: (text: string) => unknown): { value: unknown } | undefined {
  try {
    return { value: parse(text) };
  } catch {
    return undefined;
  }
}
