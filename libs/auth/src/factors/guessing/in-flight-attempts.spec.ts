import { InFlightAttempts } from './in-flight-attempts.js';

describe('attempts in flight', () => {
  it('count from their start', async () => {
    const underWay = new InFlightAttempts();
    const attempts = [1, 2, 3].map(() =>
      underWay.track('ada', async (earlier) => Promise.resolve(earlier)),
    );
    expect(await Promise.all(attempts)).toEqual([0, 1, 2]);
    expect(await underWay.track('ada', (earlier) => Promise.resolve(earlier))).toBe(0);
  });

  it('are counted separately for each key', async () => {
    const underWay = new InFlightAttempts();
    const inner = underWay.track('ada', () =>
      underWay.track('eve', (earlier) => Promise.resolve(earlier)),
    );
    expect(await inner).toBe(0);
  });

  it('end when they fail, and leave no counter', async () => {
    const underWay = new InFlightAttempts();
    for (let n = 0; n < 5; n += 1) {
      const broken = underWay.track('ada', () => Promise.reject(new Error('no thread is free')));
      await expect(broken).rejects.toThrow('no thread');
    }
    expect(underWay.size).toBe(0);
  });
});
