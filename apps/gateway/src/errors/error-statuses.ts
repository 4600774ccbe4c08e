import type { AuthErrorCode } from '@app/auth';
import type { ChatErrorCode, ProfileVersionErrorCode } from '@app/chat';
import type { ConnectionErrorCode } from '@app/connections';
import type {
  IncidentErrorCode,
  LimitErrorCode,
  LogLevelErrorCode,
  OperationsErrorCode,
  SwitchErrorCode,
} from '@app/operations';
import type { PrivacyErrorCode } from '@app/privacy';
import type { SecurityErrorCode, StreamErrorCode } from '@app/security';

export type ErrorCode =
  | AuthErrorCode
  | ChatErrorCode
  | ConnectionErrorCode
  | IncidentErrorCode
  | LimitErrorCode
  | LogLevelErrorCode
  | OperationsErrorCode
  | ProfileVersionErrorCode
  | PrivacyErrorCode
  | SecurityErrorCode
  | StreamErrorCode
  | SwitchErrorCode;

/** The HTTP status of every error that a caller can see. A code without a line here does not compile. */
export const ERROR_STATUSES: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  malformed_body: 400,
  unsupported_media_type: 415,
  body_too_large: 413,
  request_timeout: 408,
  not_found: 404,
  method_not_allowed: 405,
  rate_limited: 429,
  internal_error: 500,
  unavailable: 503,
  https_required: 403,

  blocked: 403,
  block_not_found: 404,
  own_address: 409,
  too_many_blocks: 409,
  switch_not_found: 404,
  part_not_found: 404,
  access_blocked: 403,
  sign_in_off: 503,
  service_off: 503,
  assistant_off: 503,
  tool_off: 503,
  model_off: 503,
  security_event_not_found: 404,
  notification_not_found: 404,

  incident_not_found: 404,
  incident_closed: 409,
  incident_incomplete: 409,
  incident_full: 409,
  incident_item_not_found: 404,
  event_in_incident: 409,
  invalid_phase_change: 409,
  too_many_incidents: 409,

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
  second_factor_setup_required: 403,
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
  erasure_requested: 409,
  role_not_held: 409,
  confirmation_required: 409,
  confirmation_not_found: 404,
  own_request: 403,
  limit_not_changed: 404,
  limit_out_of_bounds: 400,
  log_level_not_changed: 404,
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
  export_busy: 429,

  connection_not_found: 404,
  connection_unavailable: 502,
  connection_code_invalid: 400,

  profile_not_found: 404,
  version_not_found: 404,
  invalid_profile: 409,
  profile_mismatch: 409,
  conversation_not_found: 404,
  run_not_found: 404,
  message_not_found: 404,
  file_not_found: 404,
  quota_exceeded: 409,
  assistant_unavailable: 502,
  assistant_busy: 503,
  assistant_timeout: 504,
  assistant_failed: 502,
  answer_too_large: 502,
  connection_required: 409,
  run_cancelled: 409,
  run_interrupted: 409,
  idempotency_mismatch: 409,
  run_ended: 409,
  conversation_busy: 409,
  too_many_runs: 429,
  limit_reached: 429,
  approval_not_found: 404,
  approval_decided: 409,
  approval_expired: 410,
  approval_mismatch: 409,
  input_not_found: 404,
  input_decided: 409,
  input_expired: 410,
  input_lost: 409,
  invalid_event_id: 400,
  event_not_found: 404,
  events_expired: 410,
  too_many_streams: 429,
  shutting_down: 503,
};
