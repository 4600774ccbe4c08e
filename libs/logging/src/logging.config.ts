import { choiceVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface LoggingConfig {
  /** The least severe level that is written. @default info */
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

export const loggingConfig = registerAs('logging', (): LoggingConfig => {
  const { LOG_LEVEL } = parseEnvironment<{ LOG_LEVEL: LoggingConfig['level'] }>(
    {
      LOG_LEVEL: choiceVariable(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'info',
      ).description('Least severe level that is logged.'),
    },
    process.env,
  );
  return { level: LOG_LEVEL };
});
