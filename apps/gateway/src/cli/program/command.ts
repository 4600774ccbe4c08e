import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { flagName, type Given, type Inputs, readInputs, type Values } from './input.js';

/** What a command says: one document for machines, and the same in words. */
export interface Answer {
  /** For `--json`. Its fields are an interface: add some, rename none. */
  readonly data: object;
  readonly text: string;
  /** Whether what was asked for is as it should be: the exit code is 1 where it is not. @default true */
  readonly isWell?: boolean;
}

/** What a command passes on piece by piece, however long it gets: the same with `--json` and without. */
export interface Output {
  readonly chunks: AsyncIterable<string | Uint8Array>;
}

/** A command as its file declares it. */
export interface Declaration<Arguments extends Inputs, Options extends Inputs> {
  /** The words that name it, such as `keys rotate`. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** In the order in which they are typed. @default none */
  readonly args?: Arguments;
  /** @default none; every command has `--json` and `--help` */
  readonly options?: Options;
  /** What it needs of the gateway. @default CliModule */
  readonly module?: () => Promise<DynamicModule>;
  run(
    app: INestApplicationContext,
    input: { readonly args: Values<Arguments>; readonly options: Values<Options> },
  ): Promise<Answer | Output>;
}

/** One command of `npm run gateway -- …`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly args: Inputs;
  readonly options: Inputs;
  readonly module?: () => Promise<DynamicModule>;
  /** Reads what was typed, and returns what does the work. @throws UsageError */
  prepare(
    args: Readonly<Record<string, Given>>,
    options: Readonly<Record<string, Given>>,
  ): (app: INestApplicationContext) => Promise<Answer | Output>;
}

/** The commands on one noun, which is their first word. */
export interface CommandGroup {
  readonly noun: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

const NONE: Inputs = {};

/** A command whose `run` gets each input as its declaration reads it. */
export function command<Arguments extends Inputs = {}, Options extends Inputs = {}>(
  declaration: Declaration<Arguments, Options>,
): Command {
  const { name, summary, args = NONE, options = NONE, module } = declaration;
  return {
    name,
    summary,
    args,
    options,
    ...(module && { module }),
    prepare(givenArguments, givenOptions) {
      const input = {
        args: readInputs(
          args,
          givenArguments,
          (key) => args[key]!.value ?? key,
        ) as Values<Arguments>,
        options: readInputs(options, givenOptions, flagName) as Values<Options>,
      };
      return (app) => declaration.run(app, input);
    },
  };
}
