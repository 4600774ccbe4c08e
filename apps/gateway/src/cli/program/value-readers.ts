import { USERNAME, USERNAME_LENGTH } from '@app/auth';
import { parseDuration } from '@app/config';
import { isNetwork } from '@app/operations';
import { isPlainText, trimmed } from '@app/security';
import type { Reader } from './input.js';
import { UsageError } from './usage.error.js';

/** The longest text that a person reads later, such as a reason. Characters. */
const LONGEST_TEXT = 200;

/** The most lines of a list that one command shows. */
const MOST_LINES = 1_000;

/** As it was typed; it may be empty. */
export const anyText: Reader<string> = (text) => text;

/** A text that others read later, of one line or more. */
export function textOf(most: number, purpose = ''): Reader<string> {
  return (given) => {
    const text = trimmed(given);
    if (text !== '' && text.length <= most && isPlainText(text)) return text;
    throw new UsageError(`a text of up to ${most} characters${purpose}`);
  };
}

/** The same, as short as a reason. */
export const plainText = textOf(LONGEST_TEXT, ', for those who ask later');

/** The name of an account, by the rule of the registration. */
export const username: Reader<string> = (given) => {
  const name = trimmed(given);
  const { length } = Array.from(name);
  const isLegal = length >= USERNAME_LENGTH.min && length <= USERNAME_LENGTH.max;
  if (isLegal && USERNAME.test(name)) return name;
  throw new UsageError('3 to 64 letters, digits and . _ - + @');
};

/** In milliseconds. */
export const duration: Reader<number> = (text) => {
  const milliseconds = parseDuration(text);
  if (milliseconds) return milliseconds;
  throw new UsageError('a duration such as 30m, 2h or 7d');
};

/** @param most as `text` says it. Milliseconds. */
export function durationUpTo(most: number, text: string): Reader<number> {
  return (given) => {
    const milliseconds = duration(given);
    if (milliseconds <= most) return milliseconds;
    throw new UsageError(`a duration of up to ${text}`);
  };
}

/** An address, or a network in CIDR notation. */
export const network: Reader<string> = (given) => {
  const text = trimmed(given);
  if (isNetwork(text)) return text;
  throw new UsageError('an address or a network such as 203.0.113.0/24');
};

/** @param what it is the id of, and which command shows it: `the id of a block, as blocks list shows it` */
export function idOf(what: string): Reader<string> {
  return (text) => {
    const id = text.toLowerCase();
    if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return id;
    throw new UsageError(what);
  };
}

/** @param what such a text: `an action such as session.opened` */
export function formOf(form: RegExp, what: string): Reader<string> {
  return (given) => {
    const text = trimmed(given);
    if (form.test(text)) return text;
    throw new UsageError(what);
  };
}

export function wholeNumber(least: number, most: number): Reader<number> {
  return (text) => {
    const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(`a whole number from ${least} to ${most}`);
  };
}

/** How many lines of a list. */
export const lineCount: Reader<number> = wholeNumber(1, MOST_LINES);

export function oneOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  const read = (text: string): Choice => {
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    throw new UsageError(`one of ${choices.join(', ')}`);
  };
  return Object.assign(read, { choices });
}

/** A moment in ISO 8601: a day, or a time with its zone. */
export const moment: Reader<Date> = (text) => {
  const isMoment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const date = new Date(isMoment ? text : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new UsageError('a moment such as 2026-11-27 or 2026-11-27T03:00:00Z');
};
