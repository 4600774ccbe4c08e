import { setImmediate } from 'node:timers/promises';
import { ActiveRun, ActiveRuns } from './active-runs.js';

describe('the runs of a process', () => {
  it('have settled when those that were starting have ended, too', async () => {
    const runs = new ActiveRuns();
    const begun = Promise.withResolvers<void>();
    let isSettled = false;
    const run = new ActiveRun(60_000);
    const starting = runs.starting(async () => {
      await begun.promise;
      runs.add('later', run);
    });
    const settled = runs.settled().then(() => (isSettled = true));
    begun.resolve();
    await starting;
    await setImmediate();
    expect(isSettled).toBe(false);
    runs.remove('later');
    await settled;
  });
});
