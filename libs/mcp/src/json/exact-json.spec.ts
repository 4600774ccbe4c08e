import { exactNumber, parseExactJson } from './exact-json.js';

describe('parseExactJson', () => {
  const written = (text: string) => JSON.stringify(parseExactJson(text));

  it.each([
    '12345678901234567890',
    '-0.1234567890123456789',
    '1e400',
    `1${'0'.repeat(2000)}1`,
    `0.${'0'.repeat(2000)}1`,
    `{"a":[1,12345678901234567890,"12345678901234567890"],"__proto__":98765432109876543210}`,
  ])('keeps %s as it is written', (text) => {
    expect(written(text)).toBe(text);
  });

  it.each([
    ['1.50', 1.5],
    ['1e2', 100],
    ['100000000000000000000', 1e20],
    ['0.000000000000000000000', 0],
  ])('reads %s as the number that it is', (text, value) => {
    expect(parseExactJson(text)).toBe(value);
    expect(exactNumber(text)).toBe(value);
  });

  it.each(['1.2.3.4.5.6.7.8.9.10', `1${'.1'.repeat(1000)}`, '1e', '{"a":1e+-1}'])(
    'refuses %s, which is no number',
    (text) => {
      expect(() => parseExactJson(text)).toThrow(SyntaxError);
    },
  );

  it('takes no longer for what is made to be slow', () => {
    const zeros = '0'.repeat(2_000_000);
    const runs = `1${'0'.repeat(900)}1`;
    const startedAt = performance.now();
    parseExactJson(`[1${zeros}1,0.${zeros}1,1${zeros}e1]`);
    parseExactJson(`[${Array(2000).fill(runs).join()}]`);
    // Milliseconds that grow with the square of the length would be hours.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
