import { ModelError } from '../model.error.js';
import { retryDelayMs } from './retry-delay.js';

const busy = (retryAfterMs?: number) =>
  new ModelError('model_busy', retryAfterMs === undefined ? {} : { retryAfterMs });

describe('the delay before another attempt', () => {
  it('doubles up to a bound, and no two have the same', () => {
    const longest = [1, 2, 3, 9].map((attempt) => retryDelayMs(busy(), attempt, () => 1));
    const shortest = [1, 2, 3, 9].map((attempt) => retryDelayMs(busy(), attempt, () => 0));
    expect(longest).toEqual([250, 500, 1_000, 8_000]);
    expect(shortest).toEqual([125, 250, 500, 4_000]);
  });

  it('is what the provider asks for, within reason', () => {
    expect(retryDelayMs(busy(3_000), 1)).toBe(3_000);
    expect(retryDelayMs(busy(20_001), 1)).toBeUndefined();
  });

  it.each(['model_refused', 'model_timeout', 'model_too_large', 'model_cancelled'] as const)(
    'does not exist for %s',
    (code) => expect(retryDelayMs(new ModelError(code), 1)).toBeUndefined(),
  );

  it('does not exist while the provider is left alone', () => {
    const error = new ModelError('model_unavailable', { reason: 'circuit_open' });
    expect(retryDelayMs(error, 1)).toBeUndefined();
  });
});
