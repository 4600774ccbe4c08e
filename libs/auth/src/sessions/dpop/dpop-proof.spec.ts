import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import { readProof } from './dpop-proof.js';

const CLAIMS = { jti: 'id', htm: 'GET', htu: 'https://api.example.org/', iat: 1_800_000_000 };

async function aProof(jwk: JWK, key: Parameters<SignJWT['sign']>[0], alg: string): Promise<string> {
  return new SignJWT(CLAIMS).setProtectedHeader({ typ: 'dpop+jwt', alg, jwk }).sign(key);
}

describe('reading a proof', () => {
  // The example of RFC 9449 §4.1, and the thumbprint that §6.1 gives for its key.
  const EXAMPLE =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';

  it('reads the example of the RFC', async () => {
    expect(await readProof(EXAMPLE)).toEqual({
      key: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
      id: '-BwC3ESc6acc2lTc',
      method: 'POST',
      address: 'https://server.example.com/token',
      issuedAt: 1_562_262_616,
      nonce: undefined,
      tokenHash: undefined,
    });
  });

  it('refuses RSA keys that are expensive to verify', async () => {
    const long = generateKeyPairSync('rsa', { modulusLength: 4096 + 128 });
    const odd = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x1_00_0f });
    for (const { publicKey, privateKey } of [long, odd]) {
      const proof = await aProof(await exportJWK(publicKey), privateKey, 'PS256');
      await expect(readProof(proof)).rejects.toMatchObject({ code: 'invalid_dpop_proof' });
    }
  }, 60_000);

  it('refuses a header that is missing, repeated or too long', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const proof = await aProof(await exportJWK(publicKey), privateKey, 'ES256');
    await expect(readProof(proof)).resolves.toMatchObject({ id: 'id' });
    for (const header of [undefined, '', [proof], `${proof}, ${proof}`, 'a.'.repeat(5_000)]) {
      await expect(readProof(header)).rejects.toMatchObject({ flaw: 'malformed' });
    }
  });
});
