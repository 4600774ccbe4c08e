import { Approval } from '../approvals/approval.entity.js';
import { decisionsOf } from './resumed-run.js';

const MINUTE_MS = 60_000;
const at = (minutes: number) => new Date(1_800_000_000_000 + minutes * MINUTE_MS);

function anApproval(callId: string, asked: number, decided: number): Approval {
  const [createdAt, decidedAt] = [at(asked), at(decided)];
  return Object.assign(new Approval(), { callId, state: 'approved', createdAt, decidedAt });
}

it('approvals count from the last decision on what was asked together', () => {
  const approvals = [anApproval('1-1', 0, 0), anApproval('1-2', 0, 14), anApproval('2-1', 20, 21)];
  const decisions = decisionsOf(approvals, 15 * MINUTE_MS);
  expect([...decisions.values()].map(({ countsUntil }) => countsUntil)).toEqual(
    [29, 29, 36].map(at),
  );
});
