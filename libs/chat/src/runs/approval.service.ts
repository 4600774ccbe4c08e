import { Injectable } from '@nestjs/common';
import { ApprovalDecisions } from '../approvals/approval-decisions.js';
import { toApprovalView } from '../approvals/approval.view.js';
import { RunWatchers } from '../events/run-watchers.js';
import type { OwnedRun } from '../ownership/owned-run.js';
import { type RunView, toRunView } from './chat.view.js';
import { RunResumption } from './run-resumption.js';
import { RunStore } from './run-store.js';
import { WaitingRuns } from './waiting-runs.js';

/** What people decide on what tools are to do. */
@Injectable()
export class ApprovalService {
  constructor(
    private readonly decisions: ApprovalDecisions,
    private readonly waiting: WaitingRuns,
    private readonly resumption: RunResumption,
    private readonly store: RunStore,
    private readonly watchers: RunWatchers,
  ) {}

  /**
   * Decides once. The run goes on here, when all that it waits for is decided.
   *
   * @throws ChatError `run_not_found`, `approval_not_found`, `approval_decided`, `approval_expired`, `run_ended`
   */
  async decide(
    accountId: string,
    runId: string,
    callId: string,
    isApproved: boolean,
  ): Promise<RunView> {
    await this.decisions.decide(accountId, runId, callId, isApproved);
    await this.resumption.resume(runId);
    return this.get(accountId, runId);
  }

  /** How a run fares, with what it has asked. @throws ChatError `run_not_found` */
  async get(accountId: string, runId: string): Promise<RunView> {
    return this.viewOf(await this.store.find(accountId, runId));
  }

  async viewOf({ run, conversation }: OwnedRun): Promise<RunView> {
    const approvals = await this.decisions.ofRun(run.id);
    return toRunView(run, conversation.publicId, approvals.map(toApprovalView));
  }

  /** Ends a run that waits; does nothing to one that does not. */
  async withdraw(runId: string): Promise<void> {
    if (await this.waiting.end(runId, 'withdrawn')) this.watchers.wake(runId);
  }
}
