import type { RefusalWarning } from '@app/security';
import { DpopError } from './dpop.error.js';

/**
 * The flaws of a proof: the key is logged, the text is sent to the caller, who needs it to correct an app or its clock.
 */
const FLAWS = {
  malformed: 'it is not one signed JWT of type dpop+jwt with a public key of an allowed algorithm',
  htm: 'htm is not the method of this request',
  htu: 'htu is not the address of this request',
  iat: 'iat is too far from the time of the server',
  nbf: 'nbf is too far ahead of the time of the server, or no number of seconds',
  exp: 'exp is over by the time of the server, or no number of seconds',
  claims:
    'jti, htm and htu must be texts, iat a number of seconds, ath and nonce texts where they are there',
  jti: 'it was used before, or that cannot be ruled out',
  ath: 'ath is not the hash of the access token',
  key: 'it is signed with another key',
} as const;

export type ProofFlaw = keyof typeof FLAWS;

/** An invalid proof: `invalid_dpop_proof`. */
export class InvalidProofError extends DpopError {
  /** `accountId`: the account of the refresh token that the proof came with. */
  constructor(
    readonly flaw: ProofFlaw,
    accountId?: string,
  ) {
    super('invalid_dpop_proof', `The DPoP proof is not valid: ${FLAWS[flaw]}.`);
    this.accountId = accountId;
  }

  override warning(): RefusalWarning {
    return { ...super.warning(), reason: this.flaw };
  }
}
