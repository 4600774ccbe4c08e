import { isObject } from '../json/json-text.js';
import type { ChoicesField, McpAnswerValue, McpField, TextField } from './mcp-question.js';

/** The longest text where the form sets no bound. Characters. */
const LONGEST_TEXT = 8_000;

/** What is wrong with one field, in words for the person. */
export interface FieldFault {
  readonly field: string;
  readonly problem: string;
}

export type CheckedAnswer =
  | { readonly content: Readonly<Record<string, McpAnswerValue>>; readonly faults?: never }
  | { readonly faults: readonly FieldFault[]; readonly content?: never };

/** Longest address that mail takes. Characters. */
const LONGEST_EMAIL = 320;
const EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Holds what a person entered against the form that they were shown. */
export function checkAnswer(fields: readonly McpField[], given: unknown): CheckedAnswer {
  const entered = isObject(given) ? given : {};
  const known = new Map(fields.map((field) => [field.name, field]));
  const faults: FieldFault[] = Object.keys(entered)
    .filter((name) => !known.has(name))
    .map((name) => ({ field: name, problem: 'is not a field of this form' }));
  const content = new Map<string, McpAnswerValue>();
  for (const field of fields) {
    const value = Object.hasOwn(entered, field.name) ? entered[field.name] : undefined;
    if (value === undefined || value === null) {
      if (field.isRequired) faults.push({ field: field.name, problem: 'is required' });
      continue;
    }
    const problem = problemOf(field, value);
    if (problem === undefined) content.set(field.name, value as McpAnswerValue);
    else faults.push({ field: field.name, problem });
  }
  return faults.length > 0 ? { faults } : { content: Object.fromEntries(content) };
}

function problemOf(field: McpField, value: unknown): string | undefined {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' ? problemOfText(field, value) : 'must be a text';
    case 'number':
    case 'integer': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
      if (field.type === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number';
      const { minimum = -Infinity, maximum = Infinity } = field;
      return value < minimum || value > maximum
        ? within('must be', field.minimum, field.maximum)
        : undefined;
    }
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'choice':
      return field.options.some((option) => option.value === value)
        ? undefined
        : 'must be one of the options';
    case 'choices':
      return problemOfChoices(field, value);
  }
}

function problemOfText(field: TextField, value: string): string | undefined {
  const { format, minLength = 0, maxLength = LONGEST_TEXT } = field;
  const length = Array.from(value).length;
  if (!value.isWellFormed() || value.includes('\0')) return 'has a character that cannot be kept';
  if (length < minLength || length > Math.min(maxLength, LONGEST_TEXT)) {
    return within('must have', field.minLength, maxLength, ' characters');
  }
  if (format === 'email' && (value.length > LONGEST_EMAIL || !EMAIL.test(value))) {
    return 'must be an e-mail address';
  }
  if (format === 'uri' && !URL.canParse(value)) return 'must be an address';
  const isMoment = !Number.isNaN(Date.parse(value));
  if (format === 'date' && !(DATE.test(value) && isMoment)) return 'must be a date: 2027-03-01';
  if (format === 'date-time' && !(DATE_TIME.test(value) && isMoment)) {
    return 'must be a moment: 2027-03-01T09:00:00Z';
  }
  return undefined;
}

function problemOfChoices(
  { options, minItems, maxItems }: ChoicesField,
  value: unknown,
): string | undefined {
  const known = new Set<unknown>(options.map((option) => option.value));
  const isList = Array.isArray(value) && value.every((one) => known.has(one));
  if (!isList || new Set(value).size !== value.length)
    return 'must be some of the options, each once';
  const isWithin = value.length >= (minItems ?? 0) && value.length <= (maxItems ?? Infinity);
  return isWithin ? undefined : within('must be', minItems, maxItems, ' of the options');
}

function within(verb: string, low?: number, high?: number, unit = ''): string {
  if (low !== undefined && high !== undefined) return `${verb} ${low} to ${high}${unit}`;
  if (low !== undefined) return `${verb} at least ${low}${unit}`;
  return `${verb} at most ${high}${unit}`;
}
