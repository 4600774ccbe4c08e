import { defineEntity, p } from '@mikro-orm/core';

/**
 * - `pending`: the person has not decided yet.
 * - `expired`: they did not decide in time.
 * - `withdrawn`: the run was cancelled before they did.
 */
export const APPROVAL_STATES = ['pending', 'approved', 'refused', 'expired', 'withdrawn'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** One argument, as a person reads it. */
export interface ShownArgument {
  readonly name: string;
  readonly value: string;
}

const ApprovalSchema = defineEntity({
  name: 'Approval',
  tableName: 'run_approvals',
  properties: {
    runId: p.uuid().primary(),
    callId: p.text().primary(),
    tool: p.text(),
    title: p.text(),
    summary: p.text(),
    /** JSON of `ShownArgument[]`. */
    arguments: p.text(),
    /** SHA-256 of the canonical JSON of all arguments, those that are not shown included. */
    argumentsDigest: p.text(),
    /** SHA-256 of the definition of the tool when the person was asked. */
    definitionDigest: p.text(),
    state: p.text().$type<ApprovalState>(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    decidedAt: p.datetime(3).nullable(),
  },
});

/** A call of a tool that is made only if the person approves it. */
export class Approval extends ApprovalSchema.class {}
ApprovalSchema.setClass(Approval);
