import { writeSync } from 'node:fs';

/** How long a reader that is behind is waited for, and how often it is tried meanwhile. */
const PATIENCE_MS = 1_000;
const TRIAL_INTERVAL_MS = 10;

/** Writes a text to the end, or throws what keeps it from that. For the end of a process. */
export function writeAllSync(descriptor: number, text: string): void {
  const until = performance.now() + PATIENCE_MS;
  for (let rest = Buffer.from(text); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const isBehind = (error as NodeJS.ErrnoException).code === 'EAGAIN';
      if (!isBehind || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRIAL_INTERVAL_MS);
    }
  }
}
