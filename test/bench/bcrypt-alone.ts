import bcrypt from 'bcrypt';
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';

// The peer of the gateway's logins: one thread per core that does nothing but compare, for some seconds.
// At the gateway's own cost. Prints how many comparisons a second all of them made, without the time they took to start.
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const HASH = '$2b$12$abcdefghijklmnopqrstuuN2e1S6YvkL4RmWwqbTvTZ1xJYgQmBkq';

if (parentPort) {
  let count = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < (workerData as number) * 1000) {
    bcrypt.compareSync('x'.repeat(64), HASH);
    count += 1;
  }
  parentPort.postMessage(count / ((performance.now() - startedAt) / 1000));
} else {
  const rates = await Promise.all(
    Array.from(
      { length: availableParallelism() },
      () =>
        new Promise<number>((resolve) => {
          new Worker(new URL(import.meta.url), { workerData: SECONDS }).once('message', resolve);
        }),
    ),
  );
  process.stdout.write(String(rates.reduce((sum, rate) => sum + rate, 0)));
}
