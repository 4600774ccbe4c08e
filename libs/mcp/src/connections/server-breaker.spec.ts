import { ServerBreaker } from './server-breaker.js';

describe('ServerBreaker', () => {
  let now: number;
  let breaker: ServerBreaker;
  beforeEach(() => {
    now = 0;
    breaker = new ServerBreaker(() => now);
  });
  const fail = (owner: string) => {
    expect(breaker.begin('s')).toBe(true);
    return breaker.failed('s', owner);
  };

  it('pauses a server that failed for three users in a row, and no other', () => {
    expect([fail('a'), fail('b')]).toEqual([undefined, undefined]);
    expect(breaker.blocks('s')).toBe(false);
    expect(fail('c')).toBe(2);
    expect(breaker.blocks('s')).toBe(true);
    expect(breaker.begin('s')).toBe(false);
    expect(breaker.blocks('other')).toBe(false);
    expect(breaker.paused).toHaveLength(1);
  });

  it('pauses none for one user who fails again and again, nor for failures between successes', () => {
    for (let times = 0; times < 20; times += 1) expect(fail('a')).toBeUndefined();
    fail('b');
    expect(breaker.succeeded('s')).toBe(false);
    expect([fail('c'), fail('d')]).toEqual([undefined, undefined]);
  });

  it('tries one connection after each pause, which doubles up to half a minute', () => {
    fail('a');
    fail('b');
    const pauses = [fail('c')];
    // It was on its way, too.
    expect(breaker.failed('s', 'd')).toBeUndefined();
    while (pauses.length < 6) {
      now += pauses.at(-1)! * 1000 - 1;
      expect(breaker.begin('s')).toBe(false);
      now += 1;
      expect(breaker.begin('s')).toBe(true);
      expect(breaker.begin('s')).toBe(false);
      pauses.push(breaker.failed('s', 'a'));
    }
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30]);
  });

  it('ends a pause with the first success, and tries another one if the attempt was given up', () => {
    for (const owner of ['a', 'b', 'c']) fail(owner);
    now = 2000;
    expect(breaker.begin('s')).toBe(true);
    breaker.abandoned('s');
    expect(breaker.begin('s')).toBe(true);
    expect(breaker.succeeded('s')).toBe(true);
    expect([breaker.begin('s'), breaker.begin('s')]).toEqual([true, true]);
    expect(breaker.paused).toEqual([]);
  });
});
