import type { AuthChallenges } from '@app/security';
import { PROOF_ALGORITHMS } from '../dpop/dpop-proof.js';
import type { DpopErrorCode } from '../dpop/dpop.error.js';
import type { SessionErrorCode } from '../session.error.js';

const ALGORITHMS = `algs="${PROOF_ALGORITHMS.join(' ')}"`;

/** The error codes of RFC 6750 §3.1 and RFC 9449 §7.1 for a token or a proof. */
const ERRORS: Readonly<Partial<Record<string, string>>> = {
  invalid_token: 'invalid_token',
  token_expired: 'invalid_token',
  session_ended: 'invalid_token',
  invalid_refresh_token: 'invalid_token',
  dpop_proof_required: 'invalid_dpop_proof',
  invalid_dpop_proof: 'invalid_dpop_proof',
  use_dpop_nonce: 'use_dpop_nonce',
} satisfies Partial<Record<DpopErrorCode | SessionErrorCode, string>>;

const OF_PROOFS: ReadonlySet<string | undefined> = new Set([
  'invalid_dpop_proof',
  'use_dpop_nonce',
]);

/**
 * The `WWW-Authenticate` challenges of a 401 response, with an error code if the token or the proof was wrong. A wrong
 * password or code has no registered code, so the schemes stand alone. `Basic` is never offered: a browser would ask
 * for a password.
 */
export function authChallenges(onlyDpop: boolean): AuthChallenges {
  return ({ code }, { user }) => {
    const error = ERRORS[code];
    const dpop = error ? `DPoP error="${error}", ${ALGORITHMS}` : `DPoP ${ALGORITHMS}`;
    const isBound = user?.dpopKey !== undefined;
    if (onlyDpop || isBound || OF_PROOFS.has(error)) return dpop;
    return `${error ? `Bearer error="${error}"` : 'Bearer'}, ${dpop}`;
  };
}
