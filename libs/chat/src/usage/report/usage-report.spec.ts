import { byTotal } from './usage-report.service.js';

const counts = (currency: string, inputTokens: number, outputTokens: number) => ({
  currency,
  inputTokens,
  outputTokens,
  estimatedTokens: 0,
  costNanos: 0,
});

describe('the order of what was used', () => {
  it('is that of the tokens of all currencies, then of the keys', () => {
    const groups = [
      { key: 'single', counts: [counts('EUR', 50, 10)] },
      { key: 'double', counts: [counts('EUR', 20, 20), counts('USD', 20, 20)] },
      { key: 'also-60', counts: [counts('USD', 30, 30)] },
    ];
    expect(byTotal(groups).map(({ key }) => key)).toEqual(['double', 'also-60', 'single']);
  });
});
