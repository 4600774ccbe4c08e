import type { RefusalWarning } from '@app/security';
import { CredentialError } from '../../accounts/credential.error.js';

export type DpopErrorCode = 'dpop_proof_required' | 'invalid_dpop_proof' | 'use_dpop_nonce';

export class DpopError extends CredentialError<DpopErrorCode> {
  override readonly name = 'DpopError';

  static proofRequired(): DpopError {
    return new DpopError(
      'dpop_proof_required',
      'Prove that you hold the key: send a DPoP header, and a bound token as Authorization: DPoP.',
    );
  }

  /**
   * The response carries the nonce in its `DPoP-Nonce` header. Not a failed attempt: where nonces are required, every
   * sign-in begins with this error.
   */
  static nonceRequired(): DpopError {
    const message = 'Make the DPoP proof again with the nonce of this answer.';
    return Object.assign(new DpopError('use_dpop_nonce', message), { isFailedAttempt: false });
  }

  override warning(): RefusalWarning {
    return { event: 'auth.refused' };
  }
}
