import { parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface LoggingConfig {
  /** The least severe level that is written. @default info */
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

export const loggingConfig = registerAs('logging', (): LoggingConfig => {
  const { LOG_LEVEL } = parseEnvironment<{ LOG_LEVEL: LoggingConfig['level'] }>(
    {
      LOG_LEVEL: Joi.string()
        .valid('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
        .default('info'),
    },
    process.env,
  );
  return { level: LOG_LEVEL };
});
