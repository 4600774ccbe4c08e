import type { AuthError } from '../auth.error.js';
import { PROOF_ALGORITHMS } from './dpop-proof.js';

const ALGORITHMS = `algs="${PROOF_ALGORITHMS.join(' ')}"`;

/** `WWW-Authenticate` of the scheme DPoP (RFC 9449 §7.1), with the error where the RFCs have a name for it. */
export function dpopChallenge({ code }: Pick<AuthError, 'code'>): string {
  switch (code) {
    case 'unauthenticated':
      return `DPoP ${ALGORITHMS}`;
    case 'use_dpop_nonce':
    case 'invalid_dpop_proof':
      return `DPoP error="${code}", ${ALGORITHMS}`;
    case 'dpop_proof_required':
      return `DPoP error="invalid_dpop_proof", ${ALGORITHMS}`;
    default:
      return `DPoP error="invalid_token", ${ALGORITHMS}`;
  }
}
