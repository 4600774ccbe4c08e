import * as z from 'zod';
import type { VariableKind } from './variable-kind.js';

/** What a configuration reads from one variable: text on its way in, anything on its way out. */
export type Variable = z.ZodType;

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

const HOST = z.union([z.hostname(), z.ipv4(), z.ipv6()]);

/** A switch. */
export function booleanVariable(byDefault: boolean): Variable {
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
): Variable {
  return parsedVariable((text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Error(`must be a whole number from ${min} to ${max}, in digits`);
  })
    .default(byDefault)
    .meta({ range: `${min} to ${max}` } satisfies VariableKind);
}

/** A port to listen on; 0 lets the system choose. */
export function portVariable(byDefault: number): Variable {
  return integerVariable(byDefault, { min: 0, max: 65_535 });
}

/** One of a few words, in any case. */
export function choiceVariable(choices: readonly string[], byDefault: string): Variable {
  return parsedVariable((text) => {
    const choice = text.toLowerCase();
    if (choices.includes(choice)) return choice;
    throw new Error(`must be one of ${choices.join(', ')}`);
  })
    .default(byDefault)
    .meta({ range: choices.join(', ') } satisfies VariableKind);
}

/** An address or a name to listen on. */
export function hostVariable(byDefault: string): Variable {
  return parsedVariable((text) => {
    const host = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
    if (isHost(host)) return host;
    throw new Error('must be an address or a name to listen on, such as 127.0.0.1, 0.0.0.0 or ::');
  }).default(byDefault);
}

/** Whether a text is an address or a name of a machine, without a port. */
export function isHost(text: string): boolean {
  return HOST.safeParse(text).success;
}

/** Any text of at most `longest` characters. */
export function textVariable({ longest }: { longest?: number } = {}): z.ZodString {
  const text = z.string();
  return longest === undefined
    ? text
    : text.max(longest, `must have at most ${longest} characters`);
}

/** A text that may come from a file as well, which `<NAME>_FILE` names. */
export function secretVariable(length: SecretLength = {}): z.ZodString {
  return secretText(length).meta({ isSecret: true } satisfies VariableKind);
}

/** A secret that hashes, signs or encrypts. It is taken byte for byte. */
export function keyVariable(length: SecretLength = {}): z.ZodString {
  return secretText(length).meta({ isSecret: true, isKey: true } satisfies VariableKind);
}

/** A variable of any other syntax. What `parse` throws says what is legal, and never repeats the value. */
export function parsedVariable(parse: (text: string) => unknown): Variable {
  return z.string().transform(parsing(parse));
}

/** A secret of any other syntax. */
export function parsedSecretVariable(parse: (text: string) => unknown): Variable {
  return parsedVariable(parse).meta({ isSecret: true } satisfies VariableKind);
}

/** Bytes of UTF-8. */
interface SecretLength {
  readonly shortest?: number;
  readonly longest?: number;
}

function secretText({ shortest = 1, longest = Infinity }: SecretLength): z.ZodString {
  return z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= shortest,
      `must have at least ${shortest} bytes`,
    )
    .refine((secret) => Buffer.byteLength(secret) <= longest, `must have at most ${longest} bytes`);
}

function parsing(parse: (text: string) => unknown) {
  return (text: string, context: z.RefinementCtx): unknown => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : 'is invalid');
      return z.NEVER;
    }
  };
}
