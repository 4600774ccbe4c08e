import type { JWK, JWTVerifyResult } from 'jose';
import { InvalidProofError, type ProofFlaw } from './invalid-proof.error.js';
import { MAX_AHEAD_SECONDS } from './proof-window.js';

/**
 * The accepted algorithms: asymmetric ones only (RFC 9449 §4.3, 5). The secure hardware of phones supports P-256;
 * `EdDSA` and `Ed25519` are the old and the new name of one algorithm (RFC 9864).
 */
export const PROOF_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const;

const PROOF_TYPE = 'dpop+jwt';

/** The longest accepted proof; one with an RSA key of 4096 bits has about 2000. Characters. */
const MAX_PROOF_LENGTH = 4096;

/** The longest accepted claim. Characters. */
const MAX_CLAIM_LENGTH = 1024;

/** One JWT. Repeated `DPoP` headers are joined by a comma, which this alphabet excludes. */
const ONE_JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The sender chooses the key, and with it the cost of verification: at most 4096 bits, and the usual exponent. */
const LONGEST_RSA_MODULUS = Math.ceil((4096 / 8) * (4 / 3));
const RSA_EXPONENT = 'AQAB';

/** The flaw for each claim that the JWT library checks. */
const CLAIM_FLAWS: Readonly<Partial<Record<string, ProofFlaw>>> = { nbf: 'nbf', exp: 'exp' };

/** A proof with a valid signature, whose claims have not been compared with the request yet. */
export interface DpopProof {
  /** RFC 7638 thumbprint (SHA-256, base64url) of the key that signed it. */
  readonly key: string;
  readonly id: string;
  readonly method: string;
  readonly address: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly nonce: string | undefined;
  /** Hash of the access token that the proof belongs to. */
  readonly tokenHash: string | undefined;
}

/**
 * Reads a `DPoP` header: checks 1 to 7 of RFC 9449 §4.3. `jose` is loaded with the first proof, which keeps it out of
 * the start-up time.
 *
 * @throws InvalidProofError `malformed`; `nbf`, `exp` or `claims` if the signature is valid and a claim is not
 */
export async function readProof(header: unknown): Promise<DpopProof> {
  if (typeof header !== 'string' || header.length > MAX_PROOF_LENGTH || !ONE_JWT.test(header)) {
    throw new InvalidProofError('malformed');
  }
  const { calculateJwkThumbprint } = await import('jose');
  const { payload, protectedHeader } = await verified(header);
  try {
    return {
      key: await calculateJwkThumbprint(protectedHeader.jwk!, 'sha256'),
      id: claim(payload.jti),
      method: claim(payload.htm),
      address: claim(payload.htu),
      issuedAt: instant(payload.iat),
      nonce: optionalClaim(payload.nonce),
      tokenHash: optionalClaim(payload.ath),
    };
  } catch {
    throw new InvalidProofError('claims');
  }
}

/** `nbf` may be as far ahead as `iat`; `exp` has no tolerance. */
async function verified(header: string): Promise<JWTVerifyResult> {
  const { EmbeddedJWK, jwtVerify } = await import('jose');
  try {
    const result = await jwtVerify(
      header,
      (given, token) => {
        assertBounded(given.jwk);
        return EmbeddedJWK(given, token);
      },
      { typ: PROOF_TYPE, algorithms: [...PROOF_ALGORITHMS], clockTolerance: MAX_AHEAD_SECONDS },
    );
    const { exp = Infinity } = result.payload;
    if (exp <= Math.floor(Date.now() / 1000)) throw new InvalidProofError('exp');
    return result;
  } catch (error) {
    if (error instanceof InvalidProofError) throw error;
    throw new InvalidProofError(
      CLAIM_FLAWS[(error as { claim?: string }).claim ?? ''] ?? 'malformed',
    );
  }
}

function assertBounded(jwk: JWK | undefined): void {
  if (jwk?.kty !== 'RSA') return;
  if (jwk.e !== RSA_EXPONENT || !jwk.n || jwk.n.length > LONGEST_RSA_MODULUS) {
    throw new TypeError('an unusual RSA key');
  }
}

function claim(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_CLAIM_LENGTH) return value;
  throw new TypeError('not a claim');
}

function optionalClaim(value: unknown): string | undefined {
  return value === undefined ? undefined : claim(value);
}

function instant(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('not an instant');
}
