import { DomainError } from '@app/security';

export type LimitErrorCode = 'limit_not_changed' | 'limit_out_of_bounds';

export class LimitError extends DomainError<LimitErrorCode> {
  override readonly name = 'LimitError';

  static notChanged(): LimitError {
    return new LimitError('limit_not_changed', 'This limit is as the configuration has it.');
  }

  static outOfBounds(least: number, most: number): LimitError {
    const message = `This limit can be set to ${least} up to ${most}: a tenth to ten times of what is configured.`;
    return new LimitError('limit_out_of_bounds', message, { least, most });
  }
}
