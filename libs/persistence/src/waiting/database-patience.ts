import { AsyncLocalStorage } from 'node:async_hooks';

/** A call that is answered sooner has not waited for an unavailable database. Milliseconds. */
const PROMPT_MS = 1_000;

/** What the calls of one request share. */
interface Waiting {
  /** Since when the database has not answered promptly. */
  since: number | undefined;
  lastEndedAt: number;
}

const waitings = new AsyncLocalStorage<Waiting | 'unbounded'>();

/** The database did not answer in the time that a request waits for it. */
export class DatabaseTimeout extends Error {
  override readonly name = 'DatabaseTimeout';
  readonly code = 'DATABASE_TIMEOUT';

  constructor() {
    super('the database did not answer in time');
  }
}

/**
 * Runs one request. Its calls to the database share one patience: a request that has used up its waiting time does not
 * wait as long again for its rollback, its audit record and later calls.
 */
export function withSharedPatience(request: () => void): void {
  waitings.run({ since: undefined, lastEndedAt: -Infinity }, request);
}

/** Runs work without a time limit, such as a migration. */
export function withoutBound<T>(work: () => Promise<T>): Promise<T> {
  return waitings.run('unbounded', work);
}

/**
 * One call to the database, which is told how long it may wait.
 *
 * @param most the longest that the calls of a request wait together, and a call outside of requests. Milliseconds.
 * @throws DatabaseTimeout if the request has used up its patience before
 */
export async function patiently<T>(
  most: number,
  call: (patience: number) => Promise<T>,
): Promise<T> {
  const waiting = waitings.getStore();
  if (waiting === 'unbounded') return call(Infinity);
  if (!waiting) return call(most);
  const startedAt = performance.now();
  // What went wrong longer ago than that is over: a chat asks the database again after minutes with a tool.
  if (startedAt - waiting.lastEndedAt > most) waiting.since = undefined;
  waiting.since ??= startedAt;
  const patience = most - (startedAt - waiting.since);
  if (patience <= 0) throw new DatabaseTimeout();
  try {
    const result = await call(patience);
    if (performance.now() - startedAt < PROMPT_MS) waiting.since = undefined;
    return result;
  } finally {
    waiting.lastEndedAt = performance.now();
  }
}
