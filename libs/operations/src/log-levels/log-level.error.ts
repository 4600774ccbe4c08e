import { DomainError } from '@app/security';

export type LogLevelErrorCode = 'log_level_not_changed';

export class LogLevelError extends DomainError<LogLevelErrorCode> {
  override readonly name = 'LogLevelError';

  static notChanged(): LogLevelError {
    return new LogLevelError(
      'log_level_not_changed',
      'This module logs as the configuration says.',
    );
  }
}
