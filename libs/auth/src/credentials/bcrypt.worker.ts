import bcrypt from 'bcrypt';
import { setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** What a thread is asked for; digests, never passwords. */
export type HashingTask =
  | { readonly kind: 'hash'; readonly digest: string; readonly cost: number }
  | {
      readonly kind: 'verify';
      readonly digest: string;
      readonly hash: string;
      readonly cost: number;
    };

// On Linux this is the thread's own niceness: whoever waits for an answer that needs no hash goes first.
if (process.platform === 'linux' && !isMainThread) setPriority(10);

/** Runs on a thread of its own, where blocking is the point. A test counts what `compare` is asked for. */
export default function run(task: HashingTask, compare = bcrypt.compareSync): string | boolean {
  if (task.kind === 'hash') return bcrypt.hashSync(task.digest, task.cost);
  const matches = compare(task.digest, task.hash);
  if (!matches) catchUp(task, compare);
  return matches;
}

/**
 * A hash of a lower cost is refused as slowly as one of the highest: with one more of each cost on the way, the rounds
 * add up to 2^cost. Otherwise the time of a wrong login would tell which accounts are old, and that they exist.
 */
function catchUp(
  { digest, hash, cost }: Extract<HashingTask, { kind: 'verify' }>,
  compare: typeof bcrypt.compareSync,
): void {
  for (let missing = bcrypt.getRounds(hash); missing < cost; missing += 1) {
    compare(digest, hash.replace(/^(\$2[aby]\$)\d\d/, `$1${String(missing).padStart(2, '0')}`));
  }
}
