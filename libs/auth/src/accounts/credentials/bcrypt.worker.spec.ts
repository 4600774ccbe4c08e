import bcrypt from 'bcrypt';
import run from './bcrypt.worker.js';

/** The rounds of bcrypt that one verification computes. */
function roundsOf(digest: string, hash: string, cost: number): number {
  let rounds = 0;
  run({ kind: 'verify', digest, hash, cost }, (data, compared) => {
    rounds += 2 ** bcrypt.getRounds(compared);
    return bcrypt.compareSync(data, compared);
  });
  return rounds;
}

describe('a wrong password', () => {
  it.each([4, 5, 6, 7, 8])(
    'takes as many rounds with a hash of cost %i as with the highest',
    (cost) => {
      expect(roundsOf('wrong', bcrypt.hashSync('right', cost), 8)).toBe(2 ** 8);
    },
  );
});

describe('the right password', () => {
  it('takes no more rounds than its hash', () => {
    expect(roundsOf('right', bcrypt.hashSync('right', 4), 8)).toBe(2 ** 4);
  });
});
