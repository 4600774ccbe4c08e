import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliModule } from './cli.module.js';
import { failureOf } from './failure.js';
import { COMMAND_GROUPS } from './commands.js';
import type { Answer, Command, Output } from './program/command.js';
import { parseWords } from './program/parse-words.js';
import { UsageError } from './program/usage.error.js';

const FAILED = 1;
const MISUSED = 2;

/** Runs what the words name and says how it went; the exit code: 0, 1 for a failure or a fault that was found, 2 for words that name nothing. */
export async function runCommand(words: readonly string[]): Promise<number> {
  const isJson = words.includes('--json');
  try {
    const asked = parseWords(words, COMMAND_GROUPS);
    if ('help' in asked) {
      await print([asked.help, '\n']);
      return 0;
    }
    return await execute(asked.command, asked.run, isJson);
  } catch (error) {
    // The reader of a pipe has seen enough.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return FAILED;
    const { code, message } = failureOf(error);
    const text = isJson ? JSON.stringify({ error: { code, message } }) : message;
    process.stderr.write(`${text}\n`);
    return error instanceof UsageError ? MISUSED : FAILED;
  }
}

async function execute(
  { module }: Command,
  run: ReturnType<Command['prepare']>,
  isJson: boolean,
): Promise<number> {
  const app = await NestFactory.createApplicationContext(
    await (module?.() ?? CliModule.forRoot()),
    {
      logger: false,
      abortOnError: false,
    },
  );
  try {
    app.useLogger(app.get(Logger));
    const outcome = await run(app);
    await print('chunks' in outcome ? outcome.chunks : [linesOf(outcome, isJson)]);
    return isWell(outcome) ? 0 : FAILED;
  } finally {
    await app.close();
  }
}

function linesOf({ data, text }: Answer, isJson: boolean): string {
  return `${isJson ? JSON.stringify(data, null, 2) : text}\n`;
}

function isWell(outcome: Answer | Output): boolean {
  return 'chunks' in outcome || outcome.isWell !== false;
}

/** Waits for a slow reader. */
async function print(chunks: Iterable<string> | Output['chunks']): Promise<void> {
  await pipeline(Readable.from(chunks), process.stdout, { end: false });
}
