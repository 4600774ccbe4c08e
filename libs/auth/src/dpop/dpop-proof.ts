import type { JWK } from 'jose';
import { InvalidProof } from './proof-flaw.js';

/**
 * What a proof may be signed with: asymmetric algorithms only (RFC 9449 §4.3, 5). P-256 is what the secure hardware
 * of phones has; `EdDSA` and `Ed25519` are the old and the new name of one algorithm (RFC 9864).
 */
export const PROOF_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const;

const TYPE = 'dpop+jwt';

/** The longest proof that is read; one with an RSA key of 4096 bits has about 2000. Characters. */
const LONGEST = 4096;

/** The longest single claim. Characters. */
const LONGEST_CLAIM = 1024;

/** One JWT. A second `DPoP` header would be joined to the first by a comma, which is not of this alphabet. */
const ONE_JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Whoever makes a key chooses how long it takes to verify: 4096 bits at most, and the usual exponent. */
const LONGEST_RSA_MODULUS = Math.ceil((4096 / 8) * (4 / 3));
const RSA_EXPONENT = 'AQAB';

/** A proof whose signature is right; what it says is still to be compared with the request. */
export interface DpopProof {
  /** RFC 7638 thumbprint (SHA-256, base64url) of the key that signed it. */
  readonly key: string;
  readonly id: string;
  readonly method: string;
  readonly address: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly nonce: string | undefined;
  /** Hash of the access token that it goes with. */
  readonly tokenHash: string | undefined;
}

/**
 * Reads a `DPoP` header: checks 1 to 7 of RFC 9449 §4.3. `jose` is loaded with the first proof, so that no start
 * waits for it.
 *
 * @throws InvalidProof `malformed`, whichever part is wrong: there is nothing that an app could do about one at run time
 */
export async function readProof(header: unknown): Promise<DpopProof> {
  if (typeof header !== 'string' || header.length > LONGEST || !ONE_JWT.test(header)) {
    throw new InvalidProof('malformed');
  }
  const { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } = await import('jose');
  try {
    const { payload, protectedHeader } = await jwtVerify(
      header,
      (given, token) => {
        assertBounded(given.jwk);
        return EmbeddedJWK(given, token);
      },
      { typ: TYPE, algorithms: [...PROOF_ALGORITHMS] },
    );
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
    throw new InvalidProof('malformed');
  }
}

function assertBounded(jwk: JWK | undefined): void {
  if (jwk?.kty !== 'RSA') return;
  if (jwk.e !== RSA_EXPONENT || !jwk.n || jwk.n.length > LONGEST_RSA_MODULUS) {
    throw new TypeError('an unusual RSA key');
  }
}

function claim(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_CLAIM) return value;
  throw new TypeError('not a claim');
}

function optionalClaim(value: unknown): string | undefined {
  return value === undefined ? undefined : claim(value);
}

function instant(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('not an instant');
}
