import { Injectable } from '@nestjs/common';
import { ApprovalDecisions } from '../approvals/approval-decisions.js';
import { toApprovalView } from '../approvals/approval.view.js';
import { InputDecisions } from '../inputs/input-decisions.js';
import type { InputDto } from '../inputs/input.dto.js';
import { toInputView } from '../inputs/input.view.js';
import { RunWatchers } from '../events/run-watchers.js';
import type { OwnedRun } from '../ownership/owned-run.js';
import { type RunView, toRunView } from './chat.view.js';
import { HeldInputs } from './held-inputs.js';
import { RunResumption } from './run-resumption.js';
import { RunStore } from './run-store.js';
import { WaitingRuns } from './waiting-runs.js';

/** What people decide on what tools are to do, and answer to what they ask. */
@Injectable()
export class ApprovalService {
  constructor(
    private readonly decisions: ApprovalDecisions,
    private readonly inputs: InputDecisions,
    private readonly waiting: WaitingRuns,
    private readonly resumption: RunResumption,
    private readonly held: HeldInputs,
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

  /**
   * Answers what a tool asks, once. The run goes on as above.
   *
   * @throws ChatError `run_not_found`, `input_not_found`, `input_decided`, `input_expired`, `run_ended`
   * @throws SecurityError `invalid_input` for what does not fit the form
   */
  async answer(accountId: string, runId: string, answer: InputDto): Promise<RunView> {
    await this.inputs.decide(accountId, runId, answer);
    if (this.held.has(runId)) await this.held.look();
    else await this.resumption.resume(runId);
    return this.get(accountId, runId);
  }

  /** How a run fares, with what it has asked. @throws ChatError `run_not_found` */
  async get(accountId: string, runId: string): Promise<RunView> {
    return this.viewOf(await this.store.find(accountId, runId));
  }

  async viewOf({ run, conversation }: OwnedRun): Promise<RunView> {
    const approvals = await this.decisions.ofRun(run.id);
    const inputs = await this.inputs.ofRun(run.id);
    const { publicId } = conversation;
    return toRunView(run, publicId, approvals.map(toApprovalView), inputs.map(toInputView));
  }

  /** Ends a run that waits; does nothing to one that does not. */
  async withdraw(runId: string): Promise<void> {
    if (await this.waiting.end(runId, 'withdrawn')) this.watchers.wake(runId);
  }
}
