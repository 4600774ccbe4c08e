import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readProof } from '../../libs/auth/src/sessions/dpop/dpop-proof.js';
import { InvalidProofError } from '../../libs/auth/src/sessions/dpop/invalid-proof.error.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const CLAIMS = { jti: 'an-id', htm: 'POST', htu: 'https://api.example.org/api/chat' };

const claims = fc.dictionary(
  fc.constantFrom('jti', 'htm', 'htu', 'iat', 'nbf', 'exp', 'ath', 'nonce', 'crit', '__proto__'),
  fc.oneof(anyText(60), fc.double(), fc.constantFrom(null, true, {}, [], Infinity)),
);
const header = fc.dictionary(
  fc.constantFrom('typ', 'kid', 'crit', 'b64', 'jku', 'x5c'),
  fc.oneof(anyText(30), fc.constantFrom(['exp'], ['b64'], [], null, false)),
);

/** Proofs that are signed by their key, whatever they say; and texts that look like one. */
const proof = fc.oneof(
  fc.tuple(claims, header).map(([odd, oddHeader]) => ({ odd, oddHeader })),
  fc
    .tuple(anyText(40), anyText(40), anyText(40))
    .map((parts) => parts.map((part) => Buffer.from(part).toString('base64url')).join('.')),
  anyText(),
  fc.constantFrom(undefined, null, 7, ['a.b.c', 'a.b.c']),
);

it(
  'DPoP proofs: a header is one bounded proof, or is refused as a proof',
  { timeout: FUZZ_TIMEOUT_MS },
  () =>
    fuzz(
      'DPoP proofs',
      fc.asyncProperty(proof, async (given) => {
        let text: unknown = given;
        if (typeof given === 'object' && given !== null && 'odd' in given) {
          try {
            text = await new SignJWT({ iat: 1_700_000_000, ...CLAIMS, ...given.odd })
              .setProtectedHeader({ typ: 'dpop+jwt', ...given.oddHeader, alg: 'ES256', jwk })
              .sign(privateKey);
          } catch {
            return; // jose does not sign it, so that no app sends it
          }
        }
        try {
          const read = await readProof(text);
          for (const claim of [read.id, read.method, read.address]) {
            expect(claim.length).toBeGreaterThan(0);
            expect(claim.length).toBeLessThanOrEqual(1024);
          }
          expect(Number.isFinite(read.issuedAt)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidProofError);
        }
      }),
    ),
);
