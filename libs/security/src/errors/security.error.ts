import { DomainError, type ErrorDetail } from './domain.error.js';

/** The codes that any route can answer with. */
export type SecurityErrorCode =
  | 'invalid_input'
  | 'malformed_body'
  | 'unsupported_media_type'
  | 'body_too_large'
  | 'request_timeout'
  | 'not_found'
  | 'rate_limited'
  | 'unavailable'
  | 'internal_error';

export class SecurityError extends DomainError<SecurityErrorCode> {
  override readonly name = 'SecurityError';

  /** What the answer depends on cannot be asked: no verdict on the caller. */
  static unavailable(cause: unknown): SecurityError {
    const message = 'The service is not available now. Try again later.';
    return new SecurityError('unavailable', message, {}, { cause });
  }

  static invalidInput(details: readonly ErrorDetail[]): SecurityError {
    return new SecurityError('invalid_input', 'Some fields are missing or invalid.', { details });
  }
}
