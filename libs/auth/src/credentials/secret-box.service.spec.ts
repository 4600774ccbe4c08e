import type { AuthConfig } from '../auth.config.js';
import { SecretBox } from './secret-box.service.js';

const boxWith = (passwordPepper: string) => new SecretBox({ passwordPepper } as AuthConfig);

const REFUSED = /unable to authenticate|unknown version|too short/;

describe('SecretBox', () => {
  const box = boxWith('a pepper of more than 32 characters');
  const sealed = box.seal('totp-secret', 'ada', 'GEZDGNBVGY3TQOJQ');

  it('gives back what was sealed', () => {
    expect(box.open('totp-secret', 'ada', sealed)).toBe('GEZDGNBVGY3TQOJQ');
    expect(sealed).not.toContain('GEZDGNBVGY3TQOJQ');
  });

  it('never seals the same text the same way twice', () => {
    expect(box.seal('totp-secret', 'ada', 'GEZDGNBVGY3TQOJQ')).not.toBe(sealed);
  });

  it('opens nothing that was moved to another account, or is of another kind', () => {
    expect(() => box.open('totp-secret', 'eve', sealed)).toThrow(REFUSED);
    expect(() => box.open('challenge-data', 'ada', sealed)).toThrow(REFUSED);
  });

  it('opens nothing with another pepper', () => {
    const other = boxWith('another pepper of 32 characters!!');
    expect(() => other.open('totp-secret', 'ada', sealed)).toThrow(REFUSED);
  });

  it('opens nothing that was changed or cut', () => {
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    bytes[14]! ^= 1;
    for (const text of [`v1.${bytes.toString('base64url')}`, sealed.slice(0, 20), '', 'v2.AAAA']) {
      expect(() => box.open('totp-secret', 'ada', text)).toThrow(REFUSED);
    }
  });
});
