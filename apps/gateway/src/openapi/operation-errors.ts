import { isOwnAccountRoute } from '@app/access';
import { ERROR_STATUSES, type ErrorCode } from '../errors/error-statuses.js';
import type { Route } from '../routes/route-table.js';

/** The part of an operation that decides which of its input can be refused. */
export interface OperationInput {
  readonly parameters?: readonly object[];
  readonly requestBody?: unknown;
}

const TOKEN_CODES: readonly ErrorCode[] = [
  'unauthenticated',
  'invalid_token',
  'token_expired',
  'session_ended',
  'access_blocked',
];

const PROOF_CODES: readonly ErrorCode[] = [
  'dpop_proof_required',
  'invalid_dpop_proof',
  'use_dpop_nonce',
];

/** Every code that the operation can answer with, by status: what its policies refuse, and what its own work does. */
export function errorsByStatus(route: Route, input: OperationInput): Map<number, ErrorCode[]> {
  const codes = new Set<ErrorCode>([
    ...inputCodes(route, input),
    ...callerCodes(route),
    ...route.errors.map(knownCode),
    ...serverCodes(route),
  ]);
  return Map.groupBy(
    [...codes].toSorted((a, b) => ERROR_STATUSES[a] - ERROR_STATUSES[b]),
    (code) => ERROR_STATUSES[code],
  );
}

function inputCodes({ method }: Route, { parameters, requestBody }: OperationInput): ErrorCode[] {
  const isChecked = Boolean(requestBody) || (parameters ?? []).length > 0;
  // What stands in the path is decoded, and `%ff` cannot be.
  const isDecoded = (parameters ?? []).some((it) => 'in' in it && it.in === 'path');
  const isRead = method !== 'GET';
  return [
    ...(isChecked ? (['invalid_input'] as const) : []),
    ...(isRead || isDecoded ? (['malformed_body'] as const) : []),
    ...(isRead ? (['body_too_large', 'unsupported_media_type'] as const) : []),
    'request_timeout',
  ];
}

function callerCodes(route: Route): ErrorCode[] {
  const isPublic = route.access === 'public';
  return [
    ...(isPublic ? [] : TOKEN_CODES),
    ...(!isPublic || route.issuesTokens ? PROOF_CODES : []),
    ...(isPublic || isOwnAccountRoute(route.path)
      ? []
      : (['email_not_verified', 'second_factor_setup_required'] as const)),
    ...(route.needsRole ? (['forbidden'] as const) : []),
    ...stepUpCodes(route),
  ];
}

function stepUpCodes({ stepUp }: Route): ErrorCode[] {
  if (!stepUp) return [];
  return [
    'step_up_required',
    ...(stepUp.anonymous ? [] : (['account_required'] as const)),
    ...(stepUp.alwaysSecondFactor ? (['second_factor_setup_required'] as const) : []),
  ];
}

function serverCodes({ path, limits }: Route): ErrorCode[] {
  return [
    ...(limits.length > 0 ? (['rate_limited'] as const) : []),
    'internal_error',
    ...(path.startsWith('/api/') ? (['unavailable'] as const) : []),
  ];
}

function knownCode(code: string): ErrorCode {
  if (code in ERROR_STATUSES) return code as ErrorCode;
  throw new Error(`@ApiErrors names ${code}, which has no status`);
}
