import { flushCompileCache } from 'node:module';
import { beginStarting, cleanUp, endStarting } from './gateway.ts';

/** What a file has done before the tests of a `describe`, and what it wants done after them. */
type Hook = () => unknown;
type BeforeAll = (hook: Hook, timeout?: number) => void;

/** The hook of Vitest, which this file wraps once, however many files a worker runs. */
const ORIGINAL = Symbol.for('mcp-gateway: beforeAll of Vitest');

// A gateway that is not needed any more would take its share of the machine until the end of the file: it looks for
// changes of other instances several times a second.
const original = (Reflect.get(globalThis, ORIGINAL) as BeforeAll | undefined) ?? beforeAll;
Reflect.set(globalThis, ORIGINAL, original);
Reflect.set(globalThis, 'beforeAll', (hook: Hook, timeout?: number) =>
  original(() => stoppingAfterwards(hook), timeout),
);

async function stoppingAfterwards(hook: Hook): Promise<() => Promise<void>> {
  const stop = beginStarting();
  const end = await Promise.resolve(hook()).finally(endStarting);
  return async () => {
    if (typeof end === 'function') await (end as Hook)();
    await stop();
  };
}

let stopOfTest: () => Promise<void>;
beforeEach(() => {
  stopOfTest = beginStarting();
});
afterEach(async () => {
  endStarting();
  await stopOfTest();
});

// Registered before the hooks of the file, so it runs after them.
afterAll(async () => {
  await cleanUp();
  vi.unstubAllEnvs();
  flushCompileCache();
});
