import { newTotpSecret, totpStep, totpUri } from './totp-codes.js';

/** RFC 6238 appendix B: the secret `12345678901234567890`, and the last six of the eight digits there. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const VECTORS = [
  [59, '287082', 0x1],
  [1111111109, '081804', 0x23523ec],
  [1111111111, '050471', 0x23523ed],
  [1234567890, '005924', 0x273ef07],
  [2000000000, '279037', 0x3f940aa],
  [20000000000, '353130', 0x27bc86aa],
] as const;

describe('TOTP codes', () => {
  it.each(VECTORS)('follow RFC 6238 at second %i: %s', async (second, code, step) => {
    expect(await totpStep(SECRET, code, second * 1000)).toBe(step);
  });

  it('are accepted in their own step and its two neighbours, and not a second longer', async () => {
    const at = (second: number) => totpStep(SECRET, '050471', second * 1000);
    const begin = 0x23523ed * 30;
    expect(await at(begin - 30)).toBe(0x23523ed);
    expect(await at(begin + 59)).toBe(0x23523ed);
    expect(await at(begin - 31)).toBeUndefined();
    expect(await at(begin + 60)).toBeUndefined();
  });

  it.each(['', '28708', '2870820', '28708a', ' 287082', '２８７０８２'])(
    'are six ASCII digits, and not “%s”',
    async (code) => {
      expect(await totpStep(SECRET, code, 59_000)).toBeUndefined();
    },
  );

  it('come from secrets of 160 bits, each a new one', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, newTotpSecret));
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(new Set(secrets).size).toBe(20);
  });

  it('are described to authenticator apps by a URI with escaped issuer and name', async () => {
    const uri = new URL(await totpUri('MCP Gateway', 'ada@example', SECRET));
    expect(uri.protocol).toBe('otpauth:');
    expect(decodeURIComponent(uri.pathname)).toContain('MCP Gateway:ada@example');
    expect(uri.searchParams.get('secret')).toBe(SECRET);
    expect(uri.searchParams.get('issuer')).toBe('MCP Gateway');
  });
});
