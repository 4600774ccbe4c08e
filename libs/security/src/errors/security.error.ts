import { DomainError, type ErrorDetail } from './domain.error.js';

/** The codes that any route can answer with. */
export type SecurityErrorCode =
  | 'invalid_input'
  | 'malformed_body'
  | 'unsupported_media_type'
  | 'body_too_large'
  | 'request_timeout'
  | 'not_found'
  | 'method_not_allowed'
  | 'rate_limited'
  | 'unavailable'
  | 'https_required'
  | 'internal_error';

/** When a call that met an outage is worth another try. Seconds. */
const RETRY_AFTER_OUTAGE = 5;

export class SecurityError extends DomainError<SecurityErrorCode> {
  override readonly name = 'SecurityError';

  /** What the answer depends on cannot be asked: no verdict on the caller. */
  static unavailable(
    cause: unknown,
    message = 'The service is not available now. Try again later.',
  ): SecurityError {
    const retryAfter = RETRY_AFTER_OUTAGE;
    return new SecurityError('unavailable', message, { retryAfter }, { cause });
  }

  static httpsRequired(): SecurityError {
    const message =
      'Call the API over https. What was sent over http may have been read by others.';
    return new SecurityError('https_required', message);
  }

  static invalidInput(details: readonly ErrorDetail[]): SecurityError {
    return new SecurityError('invalid_input', 'Some fields are missing or invalid.', { details });
  }
}
