import 'reflect-metadata';
import { ConfigurationError } from '@app/config';
import { isDatabaseOutage } from '@app/persistence';
import { DomainError } from '@app/security';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { parseArgs } from 'node:util';
import { createAdmin } from './admin.commands.js';
import { CliModule } from './cli.module.js';
import { type Command, type CommandInput, UsageError } from './command.js';
import { listKeys, rotateKeys } from './keys.commands.js';
import { pinTools } from './profiles.commands.js';
import { removeSecondFactor } from './users.commands.js';

const COMMANDS: readonly Command[] = [
  createAdmin,
  removeSecondFactor,
  rotateKeys,
  listKeys,
  pinTools,
];

const FAILED = 1;
const MISUSED = 2;

/** Runs what the words name and says how it went; the exit code: 0, 1 for a failure, 2 for words that name nothing. */
export async function runCommand(words: readonly string[]): Promise<number> {
  try {
    const command = commandOf(words);
    const input = inputOf(command, words);
    process.stdout.write(`${await execute(command, input)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${whyNot(error)}\n`);
    return error instanceof UsageError ? MISUSED : FAILED;
  }
}

function commandOf(words: readonly string[]): Command {
  const text = `${words.join(' ')} `;
  const command = COMMANDS.find(({ name }) => text.startsWith(`${name} `));
  if (!command) throw new UsageError(help());
  return command;
}

function inputOf(command: Command, words: readonly string[]): CommandInput {
  try {
    const { values, positionals } = parseArgs({
      args: words.slice(command.name.split(' ').length),
      options: command.options ?? {},
      allowPositionals: command.words !== undefined,
    });
    if (positionals.length === (command.words ?? 0)) {
      return { options: values as CommandInput['options'], words: positionals };
    }
  } catch {
    // The message would name what was typed, which could be a secret in the wrong place.
  }
  throw new UsageError(`Usage: npm run gateway -- ${command.name} ${command.usage}`.trimEnd());
}

async function execute(command: Command, input: CommandInput): Promise<string> {
  const module = await (command.module?.() ?? CliModule.forRoot());
  const app = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  try {
    app.useLogger(app.get(Logger));
    return await command.run(app, input);
  } finally {
    await app.close();
  }
}

function help(): string {
  const lines = COMMANDS.map(
    ({ name, usage, summary }) => `  ${`${name} ${usage}`.padEnd(44)} ${summary}`,
  );
  return ['Usage: npm run gateway -- <command>', ...lines].join('\n');
}

/** One line. An internal failure is shown by class and code, without its message: a database repeats its input in messages. */
function whyNot(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigurationError) return error.message;
  if (error instanceof DomainError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (isDatabaseOutage(error)) return `The database is away or locked: ${code ?? 'no answer'}`;
  const name = error instanceof Error ? error.constructor.name : 'Error';
  return `Failed: ${[name, code].filter(Boolean).join(' ')}`;
}
