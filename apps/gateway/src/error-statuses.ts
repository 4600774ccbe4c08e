import type { AuthErrorCode } from '@app/auth';
import type { ChatErrorCode } from '@app/chat';
import type { SecurityErrorCode } from '@app/security';

type ErrorCode = AuthErrorCode | ChatErrorCode | SecurityErrorCode;

/** The HTTP status of every error that a caller can see. A code without a line here does not compile. */
export const ERROR_STATUSES: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  malformed_body: 400,
  unsupported_media_type: 415,
  body_too_large: 413,
  request_timeout: 408,
  not_found: 404,
  rate_limited: 429,
  internal_error: 500,
  unavailable: 503,

  unauthenticated: 401,
  invalid_token: 401,
  token_expired: 401,
  session_ended: 401,
  invalid_credentials: 401,
  invalid_refresh_token: 401,
  username_taken: 409,
  weak_password: 400,

  profile_not_found: 404,
  profile_mismatch: 409,
  conversation_not_found: 404,
  run_not_found: 404,
  assistant_unavailable: 502,
  assistant_timeout: 504,
  assistant_failed: 502,
  answer_too_large: 502,
  shutting_down: 503,
};
