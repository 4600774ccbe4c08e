import { MAX_AHEAD_SECONDS, PROOF_MEMORY_SECONDS } from './proof-window.js';
import { UsedProofs } from './used-proofs.js';

const NOW = 1_800_000_000;

describe('used proofs', () => {
  it('are accepted once within their validity', () => {
    const used = new UsedProofs(0);
    expect(used.use('a', NOW, NOW)).toBe(true);
    expect(used.use('a', NOW, NOW)).toBe(false);
    expect(used.use('a', NOW, NOW + PROOF_MEMORY_SECONDS - 1)).toBe(false);
    expect(used.use('b', NOW, NOW)).toBe(true);
  });

  it('are forgotten once they are too old to be accepted', () => {
    const used = new UsedProofs(0);
    used.use('a', NOW, NOW);
    expect(used.use('a', NOW + PROOF_MEMORY_SECONDS, NOW + PROOF_MEMORY_SECONDS)).toBe(true);
  });

  it('are refused if issued before the process started', () => {
    const used = new UsedProofs(NOW);
    expect(used.use('a', NOW - 1, NOW)).toBe(false);
    expect(used.use('b', NOW, NOW)).toBe(true);
  });

  it('have proofs as old as evicted ones refused, so that none is accepted twice', () => {
    const used = new UsedProofs(0, 2);
    expect(used.use('a', NOW - 5, NOW)).toBe(true);
    expect(used.use('b', NOW, NOW)).toBe(true);
    expect(used.use('c', NOW, NOW)).toBe(true);
    expect(used.use('a', NOW - 5, NOW)).toBe(false);
    // A proof newer than the evicted one is still recognized.
    expect(used.use('b', NOW, NOW)).toBe(false);
    expect(used.use('d', NOW - 4, NOW)).toBe(true);
    expect(used.use('d', NOW - 4, NOW)).toBe(false);
  });

  it('cause refusals for no longer than a clock may be ahead when the memory is full', () => {
    const used = new UsedProofs(0, 100);
    for (let n = 0; n < 200; n += 1) {
      expect(used.use(`a${n}`, NOW + MAX_AHEAD_SECONDS, NOW)).toBe(n <= 100);
    }
    expect(used.use('b', NOW + MAX_AHEAD_SECONDS + 1, NOW + MAX_AHEAD_SECONDS + 1)).toBe(true);
  });
});
