import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { CardStore } from '../cards/card.store.js';
import { RunWatchers } from '../events/run-watchers.js';
import { ActiveRuns } from './active-runs.js';
import { LEASE_MS, RunLeases } from './run-leases.js';
import { RunStore } from './run-store.js';

/** How often cancellations are looked for, and how often a lease is renewed and lost ones are looked for. Milliseconds. */
const TICK_MS = 500;
const RENEWAL_MS = 1_000;

/** Runs that are younger live by their own lease. Milliseconds. */
const YOUNG_MS = 1_000;

/**
 * Keeps the runs of this process alive, cancels those that any instance was asked to, and closes the runs of processes
 * that are gone, an earlier process of this instance included.
 */
@Injectable()
export class RunLeasesJob extends RecurringJob {
  protected readonly log = new Logger('Runs');
  private renewedAt = -Infinity;
  private lookedAt = -Infinity;
  /** Until then no run is taken for lost. */
  private patientUntil = -Infinity;
  private tickedAt = performance.now();

  constructor(
    private readonly leases: RunLeases,
    private readonly store: RunStore,
    private readonly cards: CardStore,
    private readonly active: ActiveRuns,
    private readonly watchers: RunWatchers,
  ) {
    super(TICK_MS, 'chat.runs.unchecked');
  }

  /** A client that asks after a restart is told at once. */
  override async onApplicationBootstrap(): Promise<void> {
    await super.onApplicationBootstrap();
    await this.start();
  }

  /** At a shutdown it goes on as long as runs do; see `stop`. */
  override onModuleDestroy(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await super.onModuleDestroy();
  }

  protected async run(): Promise<void> {
    const now = performance.now();
    if (this.active.hasOlderThan(YOUNG_MS)) {
      if (now - this.renewedAt >= RENEWAL_MS - TICK_MS / 2) await this.renew(now);
      for (const id of await this.leases.cancelled()) this.active.get(id)?.cancel();
    }
    await this.giveUpUnclosed();
    this.notePause();
    if (now - this.lookedAt >= RENEWAL_MS - TICK_MS / 2) await this.closeLost();
    this.tickedAt = performance.now();
  }

  private async renew(now: number): Promise<void> {
    await this.leases.renew();
    this.renewedAt = now;
    // Only while it says that it lives: otherwise they are lost as those of any other process.
    const unknown = await this.leases.unknown();
    if (unknown.length > 0) await this.leases.giveUp(unknown);
  }

  /** A stall of this process or of the database may have kept processes from renewing their leases. */
  private notePause(): void {
    const now = performance.now();
    if (now - this.tickedAt > LEASE_MS - RENEWAL_MS) this.patientUntil = now + LEASE_MS;
  }

  private async giveUpUnclosed(): Promise<void> {
    const unclosed = [...this.active.unclosed];
    if (unclosed.length === 0) return;
    await this.leases.giveUp(unclosed);
    for (const id of unclosed) this.active.unclosed.delete(id);
  }

  private async closeLost(): Promise<void> {
    this.lookedAt = performance.now();
    if (this.lookedAt < this.patientUntil) return;
    const lost = await this.leases.lost();
    for (const run of lost) {
      await this.cards.dropBroken(run.id);
      await this.store.interrupt(run);
      this.watchers.wake(run.id);
    }
    if (lost.length > 0) this.log.warn({ event: 'chat.runs.interrupted', count: lost.length });
  }
}
