import { plainTotpCode } from './totp-code-text.js';

describe('a code as it is typed', () => {
  it.each([
    ['as it is shown', '123456'],
    ['in two halves', '123 456'],
    ['with a no-break space', '123\u00a0456'],
    ['with a dash', '123-456'],
    ['with what a clipboard adds', '\u2068123456\u2069\n'],
    ['in full-width digits', '１２３４５６'],
    ['in Arabic-Indic digits', '١٢٣٤٥٦'],
    ['in Persian digits', '۱۲۳۴۵۶'],
    ['in Devanagari digits', '१२३४५६'],
    ['in mathematical digits', '𝟏𝟐𝟑𝟜𝟝𝟞'],
  ])('%s is the six digits', (_, typed) => {
    expect(plainTotpCode(typed)).toBe('123456');
  });

  it('has a digit of each value in every script', () => {
    expect(plainTotpCode('٠١٢٣٤٥٦٧٨٩')).toBe('0123456789');
    expect(plainTotpCode('۰۱۲۳۴۵۶۷۸۹')).toBe('0123456789');
  });

  it.each(['', '12345', '1234567', '12a456', '½23456', '1.23456'])('%j stays wrong', (typed) => {
    expect(plainTotpCode(typed)).not.toMatch(/^[0-9]{6}$/);
  });
});
