import fc from 'fast-check';
import { knownCredential } from './authenticator-json.js';

const MEMBERS = ['id', 'rawId', 'type', 'authenticatorAttachment', 'response'];
const PARTS = [
  'clientDataJSON',
  'attestationObject',
  'transports',
  'authenticatorData',
  'signature',
  'userHandle',
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('the JSON of a credential', () => {
  it('keeps the known members only, for any input', () => {
    const part = fc.oneof(fc.jsonValue(), fc.base64String());
    const response = fc.dictionary(fc.oneof(fc.constantFrom(...PARTS), fc.string()), part);
    const credential = fc.dictionary(
      fc.oneof(fc.constantFrom(...MEMBERS), fc.string()),
      fc.oneof(part, response),
    );
    fc.assert(
      fc.property(fc.oneof(credential, fc.jsonValue()), (json) => {
        const known = knownCredential(json);
        const members = isObject(json) && isObject(known) ? known : {};
        const parts = isObject(members.response) ? members.response : {};
        expect(isObject(json) || typeof json === 'string' || known === json).toBe(true);
        expect(MEMBERS).toEqual(expect.arrayContaining(Object.keys(members)));
        expect(Object.values(members)).not.toContain(null);
        expect(PARTS).toEqual(expect.arrayContaining(Object.keys(parts)));
        expect(parts.userHandle).not.toBe('');
      }),
    );
  });

  it('normalizes base64 of any alphabet and padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const url = buffer.toString('base64url');
        const padded = buffer.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
        for (const id of [url, padded, buffer.toString('base64')]) {
          const wrapped = `${id.slice(0, 5)}\r\n${id.slice(5)}\n`;
          for (const signature of [id, wrapped]) {
            expect(knownCredential({ id, response: { signature } })).toEqual({
              id: url,
              rawId: url,
              type: 'public-key',
              response: { signature: url },
            });
          }
        }
      }),
    );
  });

  it.each([undefined, null, ''])('treats %j as an absent member', (absent) => {
    const parts = { clientDataJSON: 'AA', authenticatorData: 'AQ', signature: 'Ag' };
    const known = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response: parts };
    const unused = { userHandle: absent, attestationObject: absent, transports: absent };
    const response = { ...parts, ...unused };
    const others = { type: absent, authenticatorAttachment: absent, response };
    expect(knownCredential({ id: 'AAAA', rawId: absent, ...others })).toEqual(known);
    expect(knownCredential({ id: absent, rawId: 'AAAA', ...others })).toEqual(known);
  });

  it('is parsed from a string, as the Credential Manager of Android returns it', () => {
    const json = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response: { signature: 'AA' } };
    expect(knownCredential(JSON.stringify(json))).toEqual(json);
    for (const text of ['', 'text', '{', '[]', '5', 'null']) {
      expect(isObject(knownCredential(text))).toBe(false);
    }
  });
});
