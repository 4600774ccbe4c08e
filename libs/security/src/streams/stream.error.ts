import { DomainError } from '../errors/domain.error.js';

export type StreamErrorCode = 'too_many_streams';

/** When one of the streams may have ended. Seconds. */
const RETRY_AFTER = 5;

export class StreamError extends DomainError<StreamErrorCode> {
  override readonly name = 'StreamError';

  static tooMany(): StreamError {
    const message = 'There are too many open streams of this account. Close some first.';
    return new StreamError('too_many_streams', message, { retryAfter: RETRY_AFTER });
  }
}
