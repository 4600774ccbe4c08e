import { newRecoveryCode, plainRecoveryCode } from './recovery-code-text.js';

describe('recovery codes', () => {
  it('are six groups of four unambiguous characters', () => {
    for (let made = 0; made < 50; made += 1) {
      expect(newRecoveryCode()).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
    }
  });

  it('use all of their 120 bits', () => {
    const codes = Array.from({ length: 400 }, () => plainRecoveryCode(newRecoveryCode())!);
    expect(new Set(codes).size).toBe(400);
    for (let place = 0; place < 24; place += 1) {
      expect(new Set(codes.map((code) => code[place])).size).toBeGreaterThan(24);
    }
  });

  it.each([
    ['0123456789ABCDEFGHJKMNPQ'],
    ['0123-4567-89ab-cdef-ghjk-mnpq'],
    [' o123 4567 – 89AB cdef ghjk mnpq '],
    ['OI23-4567-89AB-CDEF-GHJK-MNPQ'],
    ['0l23-4567-89AB-CDEF-GHJK-MNPQ'],
    ['０１２３－４５６７－８９ａｂ－ｃｄｅｆ－ＧＨＪＫ－ＭＮＰＱ'],
    ['\u202e0123\u2011\u200b4567-89AB-\u00adCDEF-GHJK-MNPQ\u180e\ufeff'],
  ])('are normalized from any spelling: %s', (typed) => {
    expect(plainRecoveryCode(typed)).toBe('0123456789ABCDEFGHJKMNPQ');
  });

  it.each(['', '0123-4567', 'U123-4567-89AB-CDEF-GHJK-MNPQ', '0123456789ABCDEFGHJKMNPQR'])(
    'are never “%s”',
    (typed) => {
      expect(plainRecoveryCode(typed)).toBeUndefined();
    },
  );
});
