import type { AuthErrorCode } from '@app/auth';
import type { ChatErrorCode } from '@app/chat';
import type { PrivacyErrorCode } from '@app/privacy';
import type { SecurityErrorCode } from '@app/security';

type ErrorCode = AuthErrorCode | ChatErrorCode | PrivacyErrorCode | SecurityErrorCode;

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
  dpop_proof_required: 401,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
  too_many_attempts: 429,
  step_up_required: 403,
  second_factor_needed: 403,
  second_factor_required: 401,
  invalid_second_factor: 401,
  invalid_challenge: 401,
  invalid_passkey: 401,
  second_factor_on: 409,
  second_factor_off: 409,
  passkey_refused: 400,
  passkey_known: 409,
  passkey_not_found: 404,
  too_many_passkeys: 409,
  account_required: 403,
  forbidden: 403,
  own_account: 403,
  session_not_found: 404,
  user_not_found: 404,
  not_anonymous: 409,
  username_taken: 409,
  invalid_email_token: 400,
  invalid_reset_token: 400,
  email_required: 409,
  email_not_verified: 403,
  weak_password: 400,

  consent_not_found: 404,
  consents_full: 409,
  erasure_begun: 409,
  role_held: 409,

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
