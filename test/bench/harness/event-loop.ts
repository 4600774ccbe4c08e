import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a server under test before its own code. It watches the event loop when the bench asks for it, from
 * inside: seen from outside, a busy machine looks the same as a busy loop.
 */
const RESOLUTION_MS = 1;
const NANOSECONDS = 1e6;

/** How long the event loop kept a timer waiting. Milliseconds. */
export interface LoopDelays {
  readonly p99: number;
  readonly longest: number;
}

let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;

process.on('message', (message) => {
  if (message === 'watch event loop') {
    delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delays.enable();
  } else if (message === 'report event loop' && delays) {
    delays.disable();
    // A timer that is not kept waiting is recorded with its own interval.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
    process.send?.({
      p99: late(delays.percentile(99)),
      longest: late(delays.max),
    } satisfies LoopDelays);
  } else if (message === 'report heap') {
    collector()();
    process.send?.(process.memoryUsage().heapUsed);
  } else if (message === 'give memory back') {
    // Types of Node 24 lack the flavor.
    collector()({ type: 'major', flavor: 'last-resort' } as never);
    process.send?.('given back');
  }
});

function collector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NodeJS.GCFunction;
}

process.channel?.unref();
