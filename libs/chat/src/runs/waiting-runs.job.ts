import { AuditTrail } from '@app/logging';
import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { RunWatchers } from '../events/run-watchers.js';
import { type DueRun, DueRuns } from './due-runs.js';
import { outsideOfCalls } from './outside-of-calls.js';
import { RunResumption } from './run-resumption.js';
import { WaitingRuns } from './waiting-runs.js';

/** How often runs are looked for that no longer have to wait. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/**
 * Ends runs whose time for a decision is over, or that are cancelled, and goes on with those whose decision was taken by
 * a process that has died since.
 */
@Injectable()
export class WaitingRunsJob extends RecurringJob {
  protected readonly log = new Logger('Runs');

  constructor(
    private readonly due: DueRuns,
    private readonly waiting: WaitingRuns,
    private readonly resumption: RunResumption,
    private readonly watchers: RunWatchers,
    private readonly trail: AuditTrail,
  ) {
    super(LOOK_INTERVAL_MS, 'chat.approvals.unchecked');
  }

  protected async run(): Promise<void> {
    for (const run of await this.due.find()) {
      this.shutdown.signal.throwIfAborted();
      // One that cannot be dealt with keeps no other waiting.
      await this.deal(run).catch((err: unknown) =>
        this.log.error({ event: 'chat.approvals.unchecked', runId: run.id, err }),
      );
    }
  }

  private async deal({ id: runId, reason }: DueRun): Promise<void> {
    if (reason === 'decided') return this.resumption.resume(runId);
    const ended = await this.waiting.end(runId, reason);
    if (!ended) return;
    this.watchers.wake(runId);
    if (reason !== 'expired') return;
    const { accountId, waitsFor } = ended;
    const about = outsideOfCalls(accountId, runId);
    if (waitsFor === 'approval') {
      this.log.log({ event: 'chat.approval.expired', runId });
      const outcome = 'approval_expired';
      await this.trail.record({ action: 'approval.expired', outcome, ...about });
    } else {
      this.log.log({ event: 'chat.input.expired', runId });
      await this.trail.record({ action: 'input.expired', outcome: 'input_expired', ...about });
    }
  }
}
