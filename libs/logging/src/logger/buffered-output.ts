import pino from 'pino';

/** The longest a line waits for others before they are written together. Milliseconds. */
const FLUSH_EVERY = 500;

/**
 * Standard output, written in blocks: a write per line costs more than serving the request that it tells of.
 * A killed process loses at most the last half second of its log; what must not be lost is in the audit trail.
 */
export function bufferedOutput(): pino.DestinationStream & { flushSync(): void } {
  const output = pino.destination({ dest: 1, sync: false, minLength: 8192 });
  setInterval(() => output.flush(), FLUSH_EVERY).unref();
  process.once('exit', () => {
    try {
      output.flushSync();
    } catch {
      // The reader of the log has gone first; there is nobody left to tell.
    }
  });
  return output;
}
