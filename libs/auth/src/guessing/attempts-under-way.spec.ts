import { AttemptsUnderWay } from './attempts-under-way.js';

describe('attempts under way', () => {
  it('count from their beginning, before anything is waited for', async () => {
    const underWay = new AttemptsUnderWay();
    const attempts = [1, 2, 3].map(() =>
      underWay.during('ada', async (earlier) => Promise.resolve(earlier)),
    );
    expect(await Promise.all(attempts)).toEqual([0, 1, 2]);
    expect(await underWay.during('ada', (earlier) => Promise.resolve(earlier))).toBe(0);
  });

  it('are counted apart for each key', async () => {
    const underWay = new AttemptsUnderWay();
    const inner = underWay.during('ada', () =>
      underWay.during('eve', (earlier) => Promise.resolve(earlier)),
    );
    expect(await inner).toBe(0);
  });

  it('have ended when they fail, and nothing is kept of them', async () => {
    const underWay = new AttemptsUnderWay();
    for (let n = 0; n < 5; n += 1) {
      const broken = underWay.during('ada', () => Promise.reject(new Error('no thread is free')));
      await expect(broken).rejects.toThrow('no thread');
    }
    expect(underWay.size).toBe(0);
  });
});
