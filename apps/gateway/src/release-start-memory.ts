import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Long enough for the first requests to be through. Milliseconds. */
const AFTER_START_MS = 10_000;

/** How often it is looked from then on whether the process has nothing to do. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/** Which part of such an interval the event loop of an idle process may be busy. */
const MOST_BUSY_WHEN_IDLE = 0.05;

/**
 * A start fills the young generation, whose pages V8 keeps for a load that may never come. Once after it, a collection
 * that shrinks the heap gives some 30 MB back to the system. Under load V8 takes them again, which a limit by
 * `--max-semi-space-size` would not let it. The collection pauses the process for 0.1 to 0.2 s, so it waits until
 * there is nothing to do; a process that always has something to do needs the pages.
 */
export function releaseStartMemory(shrink = shrinkHeap): void {
  setTimeout(() => whenIdle(shrink), AFTER_START_MS).unref();
}

function whenIdle(work: () => void): void {
  let before = performance.eventLoopUtilization();
  const look = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > MOST_BUSY_WHEN_IDLE) return;
    clearInterval(look);
    work();
  }, LOOK_INTERVAL_MS).unref();
}

function shrinkHeap(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  // Types of Node 24 lack the flavor.
  collect({ type: 'major', flavor: 'last-resort' } as never);
}
