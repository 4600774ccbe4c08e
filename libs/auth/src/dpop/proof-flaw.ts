import { AuthError } from '../auth.error.js';

/** What is wrong with a proof, as the log names it and the caller reads it: mostly mistakes of an app, or its clock. */
const FLAWS = {
  malformed: 'it is not one signed JWT of type dpop+jwt with a public key of an allowed algorithm',
  htm: 'htm is not the method of this request',
  htu: 'htu is not the address of this request',
  iat: 'iat is too far from the time of the server',
  jti: 'it was used before, or that cannot be ruled out',
  ath: 'ath is not the hash of the access token',
  key: 'it is signed with another key',
} as const;

export type ProofFlaw = keyof typeof FLAWS;

/** A proof that proves nothing: `invalid_dpop_proof`. */
export class InvalidProof extends AuthError {
  /** `accountId`: whose refresh token it came with. */
  constructor(
    readonly flaw: ProofFlaw,
    accountId?: string,
  ) {
    super('invalid_dpop_proof', `The DPoP proof is not valid: ${FLAWS[flaw]}.`);
    this.accountId = accountId;
  }
}

export function proofRequired(): AuthError {
  return new AuthError(
    'dpop_proof_required',
    'Prove that you hold the key: send a DPoP header, and a bound token as Authorization: DPoP.',
  );
}

/** The nonce is in the header `DPoP-Nonce` of the same answer. */
export function nonceRequired(): AuthError {
  return new AuthError(
    'use_dpop_nonce',
    'Make the DPoP proof again with the nonce of this answer.',
  );
}
