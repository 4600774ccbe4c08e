import { isObject } from '../json/json-text.js';
import { cleanText } from '../results/clean-text.js';
import type { FieldOption, McpField, TextFormat } from './mcp-question.js';

/** Longest texts of a field, and most options. Characters. */
const LONGEST_NAME = 100;
const LONGEST_TITLE = 200;
const LONGEST_DESCRIPTION = 1_000;
const LONGEST_OPTION = 200;
const MAX_OPTIONS = 100;

const FORMATS: readonly string[] = ['email', 'uri', 'date', 'date-time'] satisfies TextFormat[];

/** Members that mean something else to an object. */
const HARMFUL_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A property of a form as the field that it is; undefined for one that is none, such as an object. */
export function readField(name: string, given: unknown, isRequired: boolean): McpField | undefined {
  if (!isObject(given) || name.length > LONGEST_NAME || HARMFUL_NAMES.has(name)) return undefined;
  const description = textOf(given.description, LONGEST_DESCRIPTION);
  const named = {
    name,
    title: textOf(given.title, LONGEST_TITLE) ?? cleanText(name),
    ...(description !== undefined && { description }),
    isRequired,
  };
  switch (given.type) {
    case 'string':
      return hasOptions(given) ? choice(named, given) : text(named, given);
    case 'number':
    case 'integer':
      return {
        ...named,
        type: given.type,
        ...bounds(given, 'minimum', 'maximum'),
        ...numberOf(given),
      };
    case 'boolean':
      return {
        ...named,
        type: 'boolean',
        ...(typeof given.default === 'boolean' && { default: given.default }),
      };
    case 'array':
      return choices(named, given);
    default:
      return undefined;
  }
}

type Named = Pick<McpField, 'name' | 'title' | 'description' | 'isRequired'>;
type Given = Record<string, unknown>;

function text(named: Named, given: Given): McpField {
  const { format, default: preset } = given;
  return {
    ...named,
    type: 'text',
    ...(isFormat(format) && { format }),
    ...bounds(given, 'minLength', 'maxLength'),
    ...(typeof preset === 'string' && { default: preset }),
  };
}

function choice(named: Named, given: Given): McpField | undefined {
  const options = optionsOf(given);
  if (!options) return undefined;
  const preset = options.find(({ value }) => value === given.default)?.value;
  return { ...named, type: 'choice', options, ...(preset !== undefined && { default: preset }) };
}

function choices(named: Named, given: Given): McpField | undefined {
  const options = isObject(given.items) ? optionsOf(given.items) : undefined;
  if (!options) return undefined;
  const known = options.map(({ value }) => value);
  const preset = Array.isArray(given.default)
    ? known.filter((value) => (given.default as unknown[]).includes(value))
    : undefined;
  return {
    ...named,
    type: 'choices',
    options,
    ...bounds(given, 'minItems', 'maxItems'),
    ...(preset && { default: preset }),
  };
}

function hasOptions({ enum: values, oneOf }: Given): boolean {
  return values !== undefined || oneOf !== undefined;
}

/** With titles as `oneOf` or `anyOf` has them, or as `enumNames` of earlier versions; undefined for what is no list of them. */
function optionsOf({ enum: values, enumNames, oneOf, anyOf }: Given): FieldOption[] | undefined {
  const titled = oneOf ?? anyOf;
  const given: unknown[] = Array.isArray(titled)
    ? titled.map((one: unknown) => (isObject(one) ? { value: one.const, title: one.title } : {}))
    : Array.isArray(values)
      ? values.map((value: unknown, index) => ({
          value,
          title: Array.isArray(enumNames) ? (enumNames[index] as unknown) : undefined,
        }))
      : [];
  if (given.length === 0 || given.length > MAX_OPTIONS) return undefined;
  const options: FieldOption[] = [];
  for (const { value, title } of given as { value?: unknown; title?: unknown }[]) {
    if (typeof value !== 'string' || value.length > LONGEST_OPTION) return undefined;
    options.push({ value, title: textOf(title, LONGEST_OPTION) ?? cleanText(value) });
  }
  return options;
}

function bounds<Low extends string, High extends string>(
  given: Given,
  low: Low,
  high: High,
): Partial<Record<Low | High, number>> {
  return Object.fromEntries(
    [low, high].flatMap((name) => (Number.isFinite(given[name]) ? [[name, given[name]]] : [])),
  ) as Partial<Record<Low | High, number>>;
}

function numberOf({ default: preset }: Given): { default?: number } {
  return Number.isFinite(preset) ? { default: preset as number } : {};
}

function isFormat(format: unknown): format is TextFormat {
  return typeof format === 'string' && FORMATS.includes(format);
}

function textOf(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return cleanText(value.slice(0, longest));
}
