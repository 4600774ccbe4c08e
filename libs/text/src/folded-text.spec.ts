import { foldedText, foldedWithoutAccents } from './folded-text.js';

describe('a folded text', () => {
  it.each([
    ['Ärger', 'ärger'],
    ['A\u0308RGER', 'ärger'],
    ['Дом', 'ДОМ'],
    ['Straße', 'STRASSE'],
    ['STRA\u1e9eE', 'strasse'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδός', 'ΟΔΌΣ'],
    ['\u0130stanbul', 'istanbul'],
    ['\u0130stanbul', 'ISTANBUL'],
    ['I\u0307', 'i'],
    ['\u0131', 'I'],
    ['ﬁ', 'FI'],
    ['Ｍｉｌｋ　１', 'milk 1'],
    ['ｶﾞ', 'ガ'],
    ['Schiff\u00adfahrt', 'schifffahrt'],
    ['❤\ufe0f', '❤'],
    ['\u212a', 'k'],
    ['Ǆ', 'ǆ'],
  ])('is the same for %s and %s', (one, other) => expect(foldedText(one)).toBe(foldedText(other)));

  it.each([
    ['Ärger', 'arger'],
    ['й', 'и'],
    ['ñ', 'n'],
    ['ガ', 'カ'],
    ['a', 'b'],
  ])('is another one for %s and %s', (one, other) =>
    expect(foldedText(one)).not.toBe(foldedText(other)),
  );

  it('stays what it is when it is folded again, for every character', () => {
    const changing: string[] = [];
    for (let code = 1; code <= 0x10_ff_ff; code += 1) {
      if (code >= 0xd8_00 && code <= 0xdf_ff) continue;
      const folded = foldedText(String.fromCodePoint(code));
      if (foldedText(folded) !== folded) changing.push(code.toString(16));
    }
    expect(changing).toEqual([]);
  });

  it('is at most a few times as long', () => {
    for (const char of ['\ufdfa', 'ΐ', '\u0390', '㌖', 'ﬃ']) {
      expect(foldedText(char.repeat(1000)).length).toBeLessThanOrEqual(3000);
    }
  });
});

describe('a text that is folded without its accents', () => {
  it.each([
    ['Ärger', 'arger'],
    ['Ελλάδα', 'ελλαδα'],
    ['ﬁancé', 'Fiance'],
    ['２０２６', '2026'],
    ['①', '1'],
    ['Å', 'a'],
    ['한글'.normalize('NFD'), '한글'],
  ])('is the same for %s and %s', (one, other) =>
    expect(foldedWithoutAccents(one)).toBe(foldedWithoutAccents(other)),
  );

  it.each([
    ['ガ', 'カ'],
    ['कि', 'क'],
    ['a', 'b'],
  ])('is another one for %s and %s', (one, other) =>
    expect(foldedWithoutAccents(one)).not.toBe(foldedWithoutAccents(other)),
  );
});
