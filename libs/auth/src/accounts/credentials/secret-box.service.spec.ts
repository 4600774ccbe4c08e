import type { CredentialsConfig } from './credentials.config.js';
import { DerivedKeyService } from './derived-key.service.js';
import { SecretBoxService } from './secret-box.service.js';

const boxWith = (passwordPepper: string) =>
  new SecretBoxService(new DerivedKeyService({ passwordPepper } as CredentialsConfig));

const REFUSED = /unable to authenticate|unknown version|too short/;

describe('SecretBox', () => {
  const box = boxWith('a pepper of more than 32 characters');
  const sealed = box.seal('totp-secret', 'ada', 'GEZDGNBVGY3TQOJQ');

  it('returns the sealed text', () => {
    expect(box.open('totp-secret', 'ada', sealed)).toBe('GEZDGNBVGY3TQOJQ');
    expect(sealed).not.toContain('GEZDGNBVGY3TQOJQ');
  });

  it('seals the same text differently each time', () => {
    expect(box.seal('totp-secret', 'ada', 'GEZDGNBVGY3TQOJQ')).not.toBe(sealed);
  });

  it('opens nothing for another account or as another kind', () => {
    expect(() => box.open('totp-secret', 'eve', sealed)).toThrow(REFUSED);
    expect(() => box.open('challenge-data', 'ada', sealed)).toThrow(REFUSED);
  });

  it('opens nothing with another pepper', () => {
    const other = boxWith('another pepper of 32 characters!!');
    expect(() => other.open('totp-secret', 'ada', sealed)).toThrow(REFUSED);
  });

  it('opens no text that was changed or truncated', () => {
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    bytes[14]! ^= 1;
    for (const text of [`v1.${bytes.toString('base64url')}`, sealed.slice(0, 20), '', 'v2.AAAA']) {
      expect(() => box.open('totp-secret', 'ada', text)).toThrow(REFUSED);
    }
  });
});
