import {
  booleanVariable,
  choiceVariable,
  ConfigurationError,
  durationOf,
  durationVariable,
  integerVariable,
  parsedVariable,
  parseEnvironment,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';

export interface LogFileConfig {
  /** Before the date and number of each file are put into it. Absolute. */
  readonly path: string;
  /** How large a file gets, such as `100m`. */
  readonly size: string;
  /** How long one file is written. Milliseconds. */
  readonly ageMs: number;
  /** Beside the one that is written. */
  readonly filesKept: number;
}

export interface LoggingConfig {
  /** The least severe level that is written. @default info */
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Whether lines go to standard output. @default true */
  readonly stdout: boolean;
  /** @default none */
  readonly file: LogFileConfig | undefined;
}

interface LogVariables {
  LOG_LEVEL: LoggingConfig['level'];
  LOG_STDOUT: boolean;
  LOG_FILE?: string;
  LOG_FILE_SIZE: string;
  LOG_FILE_AGE: string;
  LOG_FILES_KEPT: number;
}

export const loggingConfig = registerAs('logging', (): LoggingConfig => {
  const variables = parseEnvironment<LogVariables>(
    {
      LOG_LEVEL: choiceVariable(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'info',
      ).describe('Least severe level that is logged.'),
      LOG_STDOUT: booleanVariable(true).describe('Whether the log goes to standard output.'),
      LOG_FILE: parsedVariable(pathOf)
        .optional()
        .describe(
          'File that the log is written to, in addition to standard output. Its name gets a date and a number.',
        ),
      LOG_FILE_SIZE: parsedVariable(sizeOf)
        .default('100m')
        .describe('Size at which a log file is rotated: a number and k, m or g.'),
      LOG_FILE_AGE: durationVariable('1d', { min: '1h', max: '20d' }).describe(
        'Age at which a log file is rotated.',
      ),
      LOG_FILES_KEPT: integerVariable(14, { min: 1, max: 1_000 }).describe(
        'How many rotated log files are kept.',
      ),
    },
    process.env,
  );
  const file = variables.LOG_FILE;
  if (!variables.LOG_STDOUT && file === undefined) {
    throw new ConfigurationError('Invalid configuration: LOG_STDOUT=false needs a LOG_FILE');
  }
  return {
    level: variables.LOG_LEVEL,
    stdout: variables.LOG_STDOUT,
    file: file === undefined ? undefined : fileOf(file, variables),
  };
});

function fileOf(path: string, variables: LogVariables): LogFileConfig {
  return {
    path,
    size: variables.LOG_FILE_SIZE,
    ageMs: durationOf(variables.LOG_FILE_AGE),
    filesKept: variables.LOG_FILES_KEPT,
  };
}

/** Letters that file systems disagree about are left out. */
function pathOf(text: string): string {
  if (/[<>"|?*:\0]/.test(text) || /[\\/]$/.test(text)) throw new Error('must name a file');
  return resolve(text);
}

function sizeOf(text: string): string {
  if (/^[1-9]\d{1,3}k$|^[1-9]\d{0,3}[mg]$/i.test(text)) return text.toLowerCase();
  throw new Error('must be a size from 10k to 9999g: a number and k, m or g, such as 100m');
}
