import { UsageError } from './usage.error.js';

/** What was typed for one argument or option: nothing, a switch, a text, or several. */
export type Given = boolean | string | readonly string[] | undefined;

/** Makes a value of a text. @throws UsageError that says what is expected, and never what was typed */
export interface Reader<Value> {
  (text: string): Value;
  /** For a value of a short list: the help and the completion show it. */
  readonly choices?: readonly string[];
}

/** An argument or an option of a command, and how its value is read. */
export interface Input<Value = unknown> {
  /** How the help writes its value, such as `<duration>`; none for a switch. */
  readonly value?: string;
  readonly summary: string;
  readonly isRequired?: boolean;
  readonly isRepeated?: boolean;
  readonly choices?: readonly string[];
  read(given: Given): Value;
}

/** By their names in code: the option `allowPrivate` is written `--allow-private`. */
export type Inputs = Readonly<Record<string, Input>>;

export type Values<Declared extends Inputs> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Input<infer Value> ? Value : never;
};

/** A switch: there, or not. */
export function flag(summary: string): Input<boolean> {
  return { summary, read: (given) => given === true };
}

/** What may be left out. */
export function optional<Value>(
  value: string,
  summary: string,
  reader: Reader<Value>,
): Input<Value | undefined> {
  return {
    ...described(value, summary, reader),
    read: (given) => (typeof given === 'string' ? reader(given) : undefined),
  };
}

/** What the command cannot do without. */
export function required<Value>(
  value: string,
  summary: string,
  reader: Reader<Value>,
): Input<Value> {
  return {
    ...described(value, summary, reader),
    isRequired: true,
    read: (given) => reader(typeof given === 'string' ? given : ''),
  };
}

/** What may be there any number of times; as an argument the last one. */
export function repeated<Value>(
  value: string,
  summary: string,
  reader: Reader<Value>,
): Input<readonly Value[]> {
  return {
    ...described(value, summary, reader),
    isRepeated: true,
    read: (given) => (Array.isArray(given) ? given.map((text: string) => reader(text)) : []),
  };
}

/** Reads everything that was declared. @throws UsageError that names the input which is wrong */
export function readInputs(
  declared: Inputs,
  given: Readonly<Record<string, Given>>,
  nameOf: (name: string) => string,
): Values<Inputs> {
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => [
      name,
      named(nameOf(name), () => input.read(given[name])),
    ]),
  );
}

/** `allowPrivate` as an operator writes it: `--allow-private`. */
export function flagName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function described(value: string, summary: string, { choices }: Reader<unknown>) {
  return { value, summary, ...(choices && { choices }) };
}

function named<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${name}: ${error.message}`) : error;
  }
}
