import { exactNumber } from '@app/mcp';
import { type ArgumentForm, type ArgumentSchemas, jsonType } from './argument-schema.js';
import { UnreadableCommandError } from './command.js';
import { assertHarmlessNames } from './harmless-names.js';
import { beginsAsJson, parseTypedJson } from './typed-json.js';
import { matchName, plainNumber, trimTyped } from './typed-text.js';

/** What a person wrote for one argument. */
export interface TypedValue {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** A number as people write it: with a sign, with zeros before it, without a digit before or behind the point. */
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** A number as JSON writes it: anything else may be a text where both are accepted, such as a telephone number. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const BOOLEANS = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['off', false],
]);

/** How many of the values that may be given are named to the person. */
const MAX_NAMED = 10;

/**
 * Turns what was typed into a value that the argument's schema accepts. Where a text is accepted besides others, a
 * bare `5`, `true` or `null` is that value, and in quotes it is text.
 *
 * @throws UnreadableCommandError
 */
export function convertValue(
  name: string,
  typed: TypedValue,
  schemas: ArgumentSchemas,
  schema: unknown,
): unknown {
  const forms = schemas.formsOf(schema);
  if (!forms) return typed.text;
  const reading = new ValueReading(name, typed, schemas, forms);
  return reading.read();
}

class ValueReading {
  private readonly text: string;

  constructor(
    private readonly name: string,
    private readonly typed: TypedValue,
    private readonly schemas: ArgumentSchemas,
    private readonly forms: readonly ArgumentForm[],
  ) {
    this.text = trimTyped(typed.text);
  }

  read(): unknown {
    const { typed } = this;
    const isText = this.accepts('string');
    const found =
      this.constant(typed.isQuoted || isText) ??
      (typed.isQuoted && isText ? { value: typed.text } : undefined) ??
      this.literal(isText) ??
      this.json(isText) ??
      (isText ? { value: typed.text } : undefined) ??
      this.constant(false) ??
      this.list();
    if (found) return found.value;
    throw this.refusal();
  }

  /** One of the values that are listed in the schema. */
  private constant(isExact: boolean): { value: unknown } | undefined {
    const values = this.forms.flatMap((form) => ('value' in form ? [form.value] : []));
    const texts = values.filter((value) => typeof value === 'string');
    if (texts.includes(this.typed.text)) return { value: this.typed.text };
    const number = this.typed.isQuoted ? undefined : readNumber(this.text);
    const other = values.find(
      (value) =>
        typeof value !== 'string' &&
        (JSON.stringify(value) === this.text || (number !== undefined && value === number)),
    );
    if (other !== undefined) return { value: other };
    const match = isExact ? undefined : matchName(this.text, texts);
    return match === undefined ? undefined : { value: match };
  }

  private literal(isText: boolean): { value: unknown } | undefined {
    const word = this.text.toLowerCase();
    if (this.accepts('null') && (isText ? this.text : word) === 'null') return { value: null };
    if (this.accepts('boolean')) {
      const boolean =
        isText && !/^(?:true|false)$/.test(this.text) ? undefined : BOOLEANS.get(word);
      if (boolean !== undefined) return { value: boolean };
    }
    if (!this.accepts('number') && !this.accepts('integer')) return undefined;
    if (isText && !JSON_NUMBER.test(this.text)) return undefined;
    const number = readNumber(this.text.replace(/^[#\uff03]/, ''));
    if (number === undefined) return undefined;
    if (this.accepts('number') || isWhole(number)) return { value: number };
    if (isText) return undefined;
    throw new UnreadableCommandError(`The argument ${this.name} must be a whole number.`);
  }

  private json(isText: boolean): { value: unknown } | undefined {
    const wanted = ['array', 'object'].filter((type) => this.accepts(type));
    if (wanted.length === 0 || !beginsAsJson(this.text)) return undefined;
    const value = this.typedJson();
    if (value !== undefined && wanted.includes(jsonType(value))) {
      assertHarmlessNames(value);
      return { value };
    }
    if (isText) return undefined;
    throw this.refusal();
  }

  private typedJson(): unknown {
    try {
      return parseTypedJson(this.text);
    } catch {
      return undefined; // it may be something else
    }
  }

  /** `a, b` for a list of texts or numbers. */
  private list(): { value: unknown } | undefined {
    const form = this.forms.find((one) => 'type' in one && one.type === 'array');
    if (!form || !('schema' in form)) return undefined;
    const { name, schemas } = this;
    const parts = this.text.split(/[,\uff0c\u3001\u060c]/).map((part) => trimTyped(part));
    if (parts.includes('') || this.accepts('object')) return undefined;
    return {
      value: parts.map((text) =>
        convertValue(name, { text, isQuoted: false }, schemas, form.schema.items),
      ),
    };
  }

  private accepts(type: string): boolean {
    return this.forms.some((form) => 'type' in form && form.type === type);
  }

  private refusal(): UnreadableCommandError {
    return new UnreadableCommandError(`The argument ${this.name} must be ${this.expectation()}.`);
  }

  private expectation(): string {
    if (this.accepts('number') || this.accepts('integer')) return 'a number';
    if (this.accepts('boolean')) return 'true or false';
    if (this.accepts('array') || this.accepts('object')) return 'JSON';
    const values = this.forms.flatMap((form) =>
      'value' in form
        ? [typeof form.value === 'string' ? form.value : JSON.stringify(form.value)]
        : [],
    );
    if (values.length === 0) return 'left out';
    const more = values.length > MAX_NAMED ? ' …' : '';
    return `one of: ${values.slice(0, MAX_NAMED).join(', ').slice(0, 500)}${more}`;
  }
}

function readNumber(typed: string): unknown {
  const [, sign, whole = '', fraction = '', exponent] = NUMBER.exec(plainNumber(typed)) ?? [];
  if (`${whole}${fraction}` === '') return undefined;
  const digits = whole.replace(/^0+/, '') || '0';
  // A whole number is sent as one: servers in typed languages take no 5.0 for an integer.
  const point = /^0*$/.test(fraction) ? '' : `.${fraction}`;
  const power = exponent === undefined ? '' : `e${exponent}`;
  return exactNumber(`${sign === '-' ? '-' : ''}${digits}${point}${power}`);
}

function isWhole(number: unknown): boolean {
  return typeof number === 'number'
    ? Number.isInteger(number)
    : /^-?\d+$/.test(JSON.stringify(number));
}
