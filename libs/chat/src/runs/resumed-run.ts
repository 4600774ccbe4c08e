import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Approval } from '../approvals/approval.entity.js';
import type { Decisions } from '../approvals/approval-request.js';
import type { EngineName, PersonWords } from '../engine/engine.js';
import type { WrittenAnswer } from '../events/written-answer.js';
import type { RunInput } from '../inputs/run-input.entity.js';
import type { BegunRun } from './run-store.js';

/** A run that goes on, and all that it needs. */
export interface ResumedRun {
  readonly run: BegunRun;
  readonly profileId: string;
  readonly message: string;
  readonly engine: EngineName;
  readonly state: unknown;
  readonly approvals: readonly Approval[];
  readonly inputs: readonly RunInput[];
  readonly words: PersonWords;
  readonly written: WrittenAnswer;
}

export async function messageOf(em: SqlEntityManager, runId: string): Promise<string> {
  const rows = await em.execute<{ content: string }[]>(
    `select content from messages where run_id = ? and role = 'user'`,
    [runId],
  );
  return rows[0]?.content ?? '';
}

/**
 * What was asked together counts from its last decision on: until then the run could not go on.
 *
 * @param countsMs how long a decision counts. Milliseconds.
 */
export function decisionsOf(approvals: readonly Approval[], countsMs: number): Decisions {
  const lastDecidedAt = new Map<number, number>();
  for (const { createdAt, decidedAt } of approvals) {
    const asked = createdAt.getTime();
    const decided = decidedAt?.getTime() ?? 0;
    lastDecidedAt.set(asked, Math.max(decided, lastDecidedAt.get(asked) ?? 0));
  }
  return new Map(
    approvals.map(({ callId, tool, state, createdAt, argumentsDigest, definitionDigest }) => {
      const countsUntil = new Date(lastDecidedAt.get(createdAt.getTime())! + countsMs);
      const isApproved = state === 'approved';
      return [callId, { tool, isApproved, countsUntil, argumentsDigest, definitionDigest }];
    }),
  );
}
