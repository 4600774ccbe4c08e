import bcrypt from 'bcrypt';
import { setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** A task for the worker. It carries digests, never passwords. */
export type HashingTask =
  | { readonly kind: 'hash'; readonly digest: string; readonly cost: number }
  | {
      readonly kind: 'verify';
      readonly digest: string;
      readonly hash: string;
      readonly cost: number;
    };

// On Linux niceness is per thread: requests that need no hash have priority over hashing.
if (process.platform === 'linux' && !isMainThread) setPriority(10);

/** Runs on a worker thread, which it may block. `compare` is a parameter so that a test can count the rounds. */
export default function run(task: HashingTask, compare = bcrypt.compareSync): string | boolean {
  if (task.kind === 'hash') return bcrypt.hashSync(task.digest, task.cost);
  const matches = compare(task.digest, task.hash);
  if (!matches) catchUp(task, compare);
  return matches;
}

/**
 * Makes the refusal for a hash of a lower cost take as long as for the highest: one more comparison of each cost in
 * between adds up to 2^cost rounds. Otherwise the time of a failed sign-in would reveal that an account with an old
 * hash exists.
 */
function catchUp(
  { digest, hash, cost }: Extract<HashingTask, { kind: 'verify' }>,
  compare: typeof bcrypt.compareSync,
): void {
  for (let missing = bcrypt.getRounds(hash); missing < cost; missing += 1) {
    compare(digest, hash.replace(/^(\$2[aby]\$)\d\d/, `$1${String(missing).padStart(2, '0')}`));
  }
}
