import type { CardStore } from '../cards/card.store.js';
import type { RunWatchers } from '../events/run-watchers.js';
import { ActiveRun, ActiveRuns } from './active-runs.js';
import { LEASE_MS, type RunLeases } from './run-leases.js';
import { RunLeasesJob } from './run-leases.job.js';
import type { RunStore } from './run-store.js';

/** More than two looks at the runs of others. Milliseconds. */
const A_WHILE_MS = 2_500;

describe('the job that closes lost runs', () => {
  const active = new ActiveRuns();
  const leases = {
    renew: vi.fn<RunLeases['renew']>(),
    cancelled: vi.fn<RunLeases['cancelled']>().mockResolvedValue([]),
    unknown: vi.fn<RunLeases['unknown']>().mockResolvedValue([]),
    lost: vi.fn<RunLeases['lost']>().mockResolvedValue([]),
  };
  const lost = {
    id: 'r1',
    conversationId: 'c1',
    accountId: 'a1',
    log: 'kept',
    status: 'running',
  } as const;
  const interrupt = vi.fn<RunStore['interrupt']>();
  let job: RunLeasesJob;

  beforeEach(async () => {
    vi.useFakeTimers();
    leases.renew.mockResolvedValue();
    leases.lost.mockResolvedValue([]);
    interrupt.mockReset().mockResolvedValue();
    job = new RunLeasesJob(
      leases as unknown as RunLeases,
      { interrupt } as unknown as RunStore,
      { dropBroken: () => Promise.resolve() } as unknown as CardStore,
      active,
      { wake: () => undefined } as unknown as RunWatchers,
    );
    active.add('own', new ActiveRun(600_000));
    await job.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
  });
  afterEach(async () => {
    await job.stop();
    active.remove('own');
    vi.useRealTimers();
  });

  it('closes those that it finds', async () => {
    leases.lost.mockResolvedValue([lost]);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(interrupt).toHaveBeenCalled();
  });

  it('takes none for lost while its own word may have come too late', async () => {
    leases.renew.mockImplementationOnce(() => {
      leases.lost.mockResolvedValue([lost]);
      return new Promise((done) => setTimeout(done, LEASE_MS));
    });
    await vi.advanceTimersByTimeAsync(LEASE_MS + A_WHILE_MS);
    expect(leases.renew.mock.calls.length).toBeGreaterThan(3);
    expect(interrupt).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    expect(interrupt).toHaveBeenCalled();
  });
});
