import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Long enough for the first requests to be through. Milliseconds. */
const AFTER_START_MS = 10_000;

/**
 * A start fills the young generation, whose pages V8 keeps for a load that may never come. Once after it, a collection
 * that shrinks the heap gives some 30 MB back to the system, for a pause of less than 0.1 s. Under load V8 takes them
 * again, which a limit by `--max-semi-space-size` would not let it.
 */
export function releaseStartMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as NodeJS.GCFunction;
    // Types of Node 24 lack the flavor.
    collect({ type: 'major', flavor: 'last-resort' } as never);
  }, AFTER_START_MS).unref();
}
