import type { Logger } from '@nestjs/common';
import { RecurringJob } from './recurring-job.js';

const error = vi.fn<(entry: object) => void>();
const log = { error } as unknown as Logger;

class CountingJob extends RecurringJob {
  protected readonly log = log;
  begun = 0;
  readonly ends: ((failure?: Error) => void)[] = [];

  constructor() {
    super(1_000, 'counting.failed');
  }

  get isStopping(): boolean {
    return this.shutdown.signal.aborted;
  }

  repeat(most: number, step: () => Promise<number>): Promise<void> {
    return this.inSteps(most, step);
  }

  protected run(): Promise<void> {
    this.begun += 1;
    return new Promise((resolve, reject) =>
      this.ends.push((failure) => (failure ? reject(failure) : resolve())),
    );
  }
}

describe('a recurring job', () => {
  let job: CountingJob;
  beforeEach(() => {
    vi.useFakeTimers();
    error.mockClear();
    job = new CountingJob();
    void job.onApplicationBootstrap();
  });
  afterEach(() => vi.useRealTimers());

  it('runs at the start and then at its interval, never twice at once', async () => {
    expect(job.begun).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(job.begun).toBe(1);
    job.ends[0]!();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(job.begun).toBe(2);
  });

  it('runs again after a failure, which is logged', async () => {
    const err = new Error('no database');
    job.ends[0]!(err);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(job.begun).toBe(2);
    expect(error).toHaveBeenCalledExactlyOnceWith({ event: 'counting.failed', err });
  });

  it('runs once more where it is requested during a run', async () => {
    job.request();
    job.request();
    expect(job.begun).toBe(1);
    job.ends[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(job.begun).toBe(2);
    job.ends[1]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(job.begun).toBe(2);
  });

  it('has a shutdown wait for the run that has begun, and begins none after', async () => {
    let isDown = false;
    const shutdown = job.onModuleDestroy().then(() => (isDown = true));
    job.request();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([isDown, job.isStopping, job.begun]).toEqual([false, true, 1]);
    job.ends[0]!();
    await shutdown;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(job.begun).toBe(1);
  });

  it('repeats a step until one does less than it could, and begins none after a shutdown', async () => {
    const done = [2, 2, 1, 2];
    const step = vi.fn<() => Promise<number>>(() => Promise.resolve(done.shift()!));
    await job.repeat(2, step);
    expect(step).toHaveBeenCalledTimes(3);
    void job.onModuleDestroy();
    await expect(job.repeat(2, step)).rejects.toMatchObject({ name: 'AbortError' });
    expect(step).toHaveBeenCalledTimes(3);
  });
});
