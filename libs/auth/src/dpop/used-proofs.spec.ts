import { FURTHEST_AHEAD, REMEMBERED_FOR } from './proof-window.js';
import { UsedProofs } from './used-proofs.js';

const NOW = 1_800_000_000;

describe('used proofs', () => {
  it('are let through once, as long as they could be accepted', () => {
    const used = new UsedProofs(0);
    expect(used.use('a', NOW, NOW)).toBe(true);
    expect(used.use('a', NOW, NOW)).toBe(false);
    expect(used.use('a', NOW, NOW + REMEMBERED_FOR - 1)).toBe(false);
    expect(used.use('b', NOW, NOW)).toBe(true);
  });

  it('are forgotten when nobody would accept them any more', () => {
    const used = new UsedProofs(0);
    used.use('a', NOW, NOW);
    expect(used.use('a', NOW + REMEMBERED_FOR, NOW + REMEMBERED_FOR)).toBe(true);
  });

  it('are refused from before the process began', () => {
    const used = new UsedProofs(NOW);
    expect(used.use('a', NOW - 1, NOW)).toBe(false);
    expect(used.use('b', NOW, NOW)).toBe(true);
  });

  it('that had to make room take with them what could be as old: none is let through twice', () => {
    const used = new UsedProofs(0, 2);
    expect(used.use('a', NOW - 5, NOW)).toBe(true);
    expect(used.use('b', NOW, NOW)).toBe(true);
    expect(used.use('c', NOW, NOW)).toBe(true);
    expect(used.use('a', NOW - 5, NOW)).toBe(false);
    // One that is newer than what was forgotten is still told apart.
    expect(used.use('b', NOW, NOW)).toBe(false);
    expect(used.use('d', NOW - 4, NOW)).toBe(true);
    expect(used.use('d', NOW - 4, NOW)).toBe(false);
  });

  it('that fill all the room shut nobody out for longer than a clock may be ahead', () => {
    const used = new UsedProofs(0, 100);
    for (let n = 0; n < 200; n += 1) {
      expect(used.use(`a${n}`, NOW + FURTHEST_AHEAD, NOW)).toBe(n <= 100);
    }
    expect(used.use('b', NOW + FURTHEST_AHEAD + 1, NOW + FURTHEST_AHEAD + 1)).toBe(true);
  });
});
