import { ReconnectBackoff } from './reconnect-backoff.js';

describe('ReconnectBackoff', () => {
  let now = 0;
  let backoff: ReconnectBackoff;
  beforeEach(() => {
    now = 0;
    backoff = new ReconnectBackoff(() => now);
  });

  it('doubles the wait with each failure, up to half a minute', () => {
    const waits = Array.from({ length: 9 }, () => {
      backoff.failed('a');
      const start = now;
      while (backoff.blocks('a')) now += 250;
      return now - start;
    });
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('concerns one key, until it succeeds', () => {
    backoff.failed('a');
    expect(backoff.blocks('b')).toBe(false);
    backoff.succeeded('a');
    expect(backoff.blocks('a')).toBe(false);
    expect(backoff.size).toBe(0);
  });

  it('forgets keys that are not tried any more', () => {
    backoff.failed('a');
    backoff.prune();
    expect(backoff.size).toBe(1);
    now = 61_000;
    backoff.prune();
    expect(backoff.size).toBe(0);
  });
});
