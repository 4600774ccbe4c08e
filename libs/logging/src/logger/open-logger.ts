import pino from 'pino';
import type { LoggingConfig } from '../logging.config.js';
import { bufferedOutput } from './buffered-output.js';
import type { LogLevels } from './log-levels.js';
import { openLogOutputs } from './log-outputs.js';
import { pinoOptions } from './pino-options.js';

export interface LoggingModuleOptions {
  /** Where the lines go. @default what the configuration asks for, in blocks */
  readonly destination?: pino.DestinationStream;
  /** Whether lines of the level info are left out, unless LOG_LEVEL asks for more than those. @default false */
  readonly omitsInfo?: boolean;
}

/**
 * @param levels which lines it writes; they follow it from now on
 * @throws ConfigurationError if a file that is configured cannot be written
 */
export async function openLogger(
  config: LoggingConfig,
  levels: LogLevels,
  { destination, omitsInfo = false }: LoggingModuleOptions,
): Promise<pino.Logger> {
  const outputs = destination ? [] : await openLogOutputs(config);
  const log = pino(pinoOptions(config, levels), destination ?? bufferedOutput(outputs));
  levels.follow(log, omitsInfo && config.level === 'info' ? 'warn' : config.level);
  for (const output of outputs) {
    output.reportTo((fields) => log.warn({ context: 'Logging', ...fields }));
  }
  return log;
}
