import { isSaved } from './data-files.js';

describe('what a backup has of DATA_DIR', () => {
  it.each([
    'audit-checkpoint',
    'audit-checkpoint.12',
    'restore.unfinished',
    'restore.unfinished.draft',
    'erasures.ledger',
    'erasures.ledger.5f0c.draft',
    'gateway.sqlite-wal',
  ])('is not %s', (name) => expect(isSaved(name)).toBe(false));

  it.each(['users', 'audit-checkpoints', 'restore.unfinished.txt', 'erasures.ledger.old'])(
    'is %s',
    (name) => expect(isSaved(name)).toBe(true),
  );
});
