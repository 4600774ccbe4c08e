import Joi from 'joi';
import type { VariableKind } from './variable-kind.js';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/** A switch. */
export function booleanVariable(byDefault: boolean): Joi.Schema {
  return parsedVariable((text) => {
    const value = BOOLEANS.get(text.toLowerCase());
    if (value !== undefined) return value;
    throw new Error('must be true or false (or 1, 0, yes, no, on, off)');
  })
    .default(byDefault)
    .meta({ range: 'true or false' } satisfies VariableKind);
}

/** A whole number in decimal digits: `1e3` and `0x10` are refused, as their value is easily misread. */
export function integerVariable(
  byDefault: number,
  { min, max }: { min: number; max: number },
): Joi.Schema {
  return parsedVariable((text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Error(`must be a whole number from ${min} to ${max}, in digits`);
  })
    .default(byDefault)
    .meta({ range: `${min} to ${max}` } satisfies VariableKind);
}

/** A port to listen on; 0 lets the system choose. */
export function portVariable(byDefault: number): Joi.Schema {
  return integerVariable(byDefault, { min: 0, max: 65_535 });
}

/** One of a few words, in any case. */
export function choiceVariable(choices: readonly string[], byDefault: string): Joi.Schema {
  return parsedVariable((text) => {
    const choice = text.toLowerCase();
    if (choices.includes(choice)) return choice;
    throw new Error(`must be one of ${choices.join(', ')}`);
  })
    .default(byDefault)
    .meta({ range: choices.join(', ') } satisfies VariableKind);
}

/** An address or a name to listen on. */
export function hostVariable(byDefault: string): Joi.Schema {
  return parsedVariable((text) => {
    const host = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
    if (Joi.string().hostname().validate(host).error === undefined) return host;
    throw new Error('must be an address or a name to listen on, such as 127.0.0.1, 0.0.0.0 or ::');
  }).default(byDefault);
}

/** A text that may come from a file as well, which `<NAME>_FILE` names. */
export function secretVariable(): Joi.StringSchema {
  return Joi.string().meta({ isSecret: true } satisfies VariableKind);
}

/** A secret that hashes, signs or encrypts. It is taken byte for byte. */
export function keyVariable(): Joi.StringSchema {
  return Joi.string().meta({ isSecret: true, isKey: true } satisfies VariableKind);
}

/** A variable of any other syntax. What `parse` throws says what is legal, and never repeats the value. */
export function parsedVariable(parse: (text: string) => unknown): Joi.Schema {
  return Joi.any().custom((text: string) => parse(text), 'a variable');
}
