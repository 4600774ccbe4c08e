import type { Statement } from '@app/persistence';
import { Injectable } from '@nestjs/common';
import { Approval } from '../approvals/approval.entity.js';
import type { ApprovalRequest } from '../approvals/approval-request.js';
import { toApprovalView } from '../approvals/approval.view.js';
import type { WaitsFor } from '../approvals/run-suspension.entity.js';
import type { Suspension } from '../engine/engine.js';
import type { MessagePart } from '../events/message-part.js';
import type { OpenLog } from '../events/open-log.js';
import { RunWatchers } from '../events/run-watchers.js';
import type { InputRequest } from '../inputs/input-request.js';
import { toInputView } from '../inputs/input.view.js';
import { RunInput } from '../inputs/run-input.entity.js';
import type { RunStatus } from '../ownership/run.entity.js';
import type { BegunRun } from './run-store.js';
import { WaitingRuns } from './waiting-runs.js';

/** Has runs wait for the person, and tells those who follow them. */
@Injectable()
export class RunSuspender {
  constructor(
    private readonly waiting: WaitingRuns,
    private readonly watchers: RunWatchers,
  ) {}

  /** False for a run that has been given up, or deleted: nothing is stored then. */
  async suspend(
    run: BegunRun,
    suspension: Suspension,
    log: OpenLog | undefined,
    audit?: Statement,
  ): Promise<boolean> {
    const approvals = this.approvalsOf(run, suspension);
    const inputs = inputsOf(run, suspension.inputs, this.moments('input'));
    const waitsFor = inputs.length > 0 ? 'input' : 'approval';
    // With the approvals, and not before: who has seen a card can decide.
    const parts = log?.number([
      ...suspension.approvals.map(toolPart),
      ...approvals.map(approvalPart),
      ...inputs.map(inputPart),
      statePart(run, `waiting_for_${waitsFor}`),
    ]);
    const asked = { approvals, inputs };
    const isSuspended = await this.waiting.suspend(run, suspension, asked, parts ?? [], audit);
    if (isSuspended && parts) this.watchers.publish(run.id, parts);
    return isSuspended;
  }

  private approvalsOf({ id: runId }: BegunRun, { approvals }: Suspension): Approval[] {
    const moments = this.moments('approval');
    return approvals.map((request) =>
      Object.assign(new Approval(), {
        runId,
        callId: request.callId,
        tool: request.tool,
        title: request.title,
        summary: request.summary,
        arguments: JSON.stringify(request.arguments),
        argumentsDigest: request.argumentsDigest,
        definitionDigest: request.definitionDigest,
        state: 'pending' as const,
        ...moments,
        decidedAt: null,
      }),
    );
  }

  private moments(waitsFor: WaitsFor): AskedMoments {
    const createdAt = new Date();
    return { createdAt, expiresAt: this.waiting.expiry(createdAt, waitsFor) };
  }
}

/** When something is asked, and how long the person has for it. */
export interface AskedMoments {
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export function inputsOf(
  { id: runId }: Pick<BegunRun, 'id'>,
  requests: readonly InputRequest[],
  moments: AskedMoments,
): RunInput[] {
  return requests.map(({ inputId, callId, title, question }) =>
    Object.assign(new RunInput(), {
      runId,
      inputId,
      callId,
      kind: question.kind,
      title,
      message: question.message,
      fields: question.kind === 'form' ? JSON.stringify(question.fields) : null,
      url: question.kind === 'url' ? question.url : null,
      connectionId: question.kind === 'connection' ? question.connectionId : null,
      state: 'pending' as const,
      content: null,
      ...moments,
      decidedAt: null,
    }),
  );
}

/** The card of a question, as it is now. */
export function inputPart(input: RunInput) {
  return {
    type: 'data-input',
    id: input.inputId,
    data: toInputView(input),
  } as const satisfies MessagePart;
}

/** The card of an approval, as it is now. */
export function approvalPart(approval: Approval) {
  const data = toApprovalView(approval);
  return { type: 'data-approval', id: approval.callId, data } as const satisfies MessagePart;
}

export function statePart(run: BegunRun, status: RunStatus) {
  const { id: runId, publicConversationId: conversationId } = run;
  const data = { runId, conversationId, status };
  return { type: 'data-run', id: 'run', data } as const satisfies MessagePart;
}

function toolPart({ callId: toolCallId, title, input }: ApprovalRequest): MessagePart {
  return {
    type: 'tool-input-available',
    toolCallId,
    toolName: title,
    title,
    input,
    dynamic: true,
  };
}
