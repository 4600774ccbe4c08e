import { DpopNonceService } from './dpop-nonce.service.js';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const MINUTE = 60_000;
const secrets = (jwtSecret: string, jwtSecretPrevious?: string) =>
  new DpopNonceService({ jwtSecret, jwtSecretPrevious } as never);

describe('nonces', () => {
  it('are accepted by instances with the same secret only', () => {
    const nonce = secrets('one').current(NOW);
    expect(secrets('one').accepts(nonce, NOW)).toBe(true);
    expect(secrets('two').accepts(nonce, NOW)).toBe(false);
    expect(secrets('one').accepts(undefined, NOW)).toBe(false);
    expect(secrets('one').accepts('', NOW)).toBe(false);
  });

  it('are accepted for at least two and a half minutes and at most five', () => {
    for (let offset = 0; offset < 5 * MINUTE; offset += 10_000) {
      const nonces = secrets('one');
      const given = NOW + offset;
      const nonce = nonces.current(given);
      expect(nonces.accepts(nonce, given + 2.5 * MINUTE)).toBe(true);
      expect(nonces.accepts(nonce, given + 5 * MINUTE)).toBe(false);
      expect(nonces.current(given + 2.5 * MINUTE)).not.toBe(nonce);
    }
  });

  it('are accepted from an instance whose clock is slightly ahead', () => {
    expect(secrets('one').accepts(secrets('one').current(NOW + 10_000), NOW)).toBe(true);
  });

  it('are accepted from an instance that has the previous or the next secret', () => {
    const before = secrets('old', 'new');
    const after = secrets('new', 'old');
    expect(after.accepts(before.current(NOW), NOW)).toBe(true);
    expect(before.accepts(after.current(NOW), NOW)).toBe(true);
  });
});
