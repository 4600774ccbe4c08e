import type { HashingTask } from './bcrypt.worker.js';
import { Threads } from './threads.js';

describe('Threads', () => {
  it('start with the next task after a failed start', async () => {
    // Zero threads are refused; the test then sets one.
    const options = { worker: 'bcrypt.worker', most: 0, mostWaiting: 8, mostWaitingPerAddress: 8 };
    const threads = new Threads<HashingTask, string>(options);
    const task = { kind: 'hash', digest: 'of a password', cost: 4 } as const;
    await expect(threads.run(task)).rejects.toThrow(/maxThreads/);
    options.most = 1;
    expect(await threads.run(task)).toMatch(/^\$2b\$04\$/);
    await threads.stop();
  });
});
