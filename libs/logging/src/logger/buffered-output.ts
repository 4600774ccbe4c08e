import type pino from 'pino';
import type { LogOutput } from './log-output.js';

/** How much is gathered before it is written. Characters. */
const BLOCK_LENGTH = 16_384;

/** The longest a line waits for others before they are written together. Milliseconds. */
const FLUSH_INTERVAL_MS = 500;

/**
 * The outputs, written in blocks: a write per line costs more than serving the request that it tells of.
 * A killed process loses at most the last half second of its log; what must not be lost is in the audit trail.
 *
 * The lines are gathered here, because the stream of pino measures all that it has gathered with each line.
 */
export function bufferedOutput(
  outputs: readonly LogOutput[],
): pino.DestinationStream & { flushSync(): void } {
  let block = '';
  const flush = () => {
    if (block === '') return;
    const lines = block;
    block = '';
    for (const output of outputs) output.write(lines);
  };
  const flushSync = () => {
    flush();
    for (const output of outputs) flushOne(output);
  };
  setInterval(() => {
    for (const output of outputs) output.retry();
    flush();
  }, FLUSH_INTERVAL_MS).unref();
  process.once('exit', flushSync);
  return {
    write(line) {
      block += line;
      if (block.length >= BLOCK_LENGTH) flush();
    },
    flushSync,
  };
}

function flushOne(output: LogOutput): void {
  try {
    output.flushSync();
  } catch {
    // Its reader is gone or its disk is full; the other one may still take the lines.
  }
}
