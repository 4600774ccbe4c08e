import { readFileSync } from 'node:fs';
import { MUTATIONS } from '../mutations/mutations.ts';

// `npm run mutations` makes these faults, and takes minutes. Code that has moved is found here.
describe('a fault that tests must notice', () => {
  it.each(MUTATIONS)('can be made: $name', ({ edits }) => {
    for (const { file, from } of edits) {
      expect([file, readFileSync(file, 'utf8').split(from).length - 1]).toEqual([file, 1]);
    }
  });
});
