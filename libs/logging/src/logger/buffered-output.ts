import pino from 'pino';

/** How much is gathered before it is written. Characters. */
const BLOCK_LENGTH = 16_384;

/** The longest a line waits for others before they are written together. Milliseconds. */
const FLUSH_INTERVAL_MS = 500;

/**
 * Standard output, written in blocks: a write per line costs more than serving the request that it tells of.
 * A killed process loses at most the last half second of its log; what must not be lost is in the audit trail.
 *
 * The lines are gathered here, because the stream of pino measures all that it has gathered with each line.
 */
export function bufferedOutput(): pino.DestinationStream & { flushSync(): void } {
  const output = pino.destination({ dest: 1, sync: false });
  let block = '';
  const flush = () => {
    if (block === '') return;
    output.write(block);
    block = '';
  };
  const flushSync = () => {
    flush();
    output.flushSync();
  };
  setInterval(flush, FLUSH_INTERVAL_MS).unref();
  process.once('exit', () => {
    try {
      flushSync();
    } catch {
      // The reader of the log is gone; nothing can be logged any more.
    }
  });
  return {
    write(line) {
      block += line;
      if (block.length >= BLOCK_LENGTH) flush();
    },
    flushSync,
  };
}
