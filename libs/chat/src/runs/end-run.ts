import type { AtomicWrite, Statement, Step } from '@app/persistence';
import type { WaitsFor } from '../approvals/run-suspension.entity.js';
import { COUNT_IN_CONVERSATION, COUNT_IN_USAGE, INSERT_MESSAGE } from './message-writes.js';

/** The end of a run, and its answer. */
export interface RunEnd {
  readonly id: string;
  readonly conversationId: string;
  readonly accountId: string;
  /** The status that it ends from: whether a process works on it, or it waits for the person. */
  readonly from: 'running' | `waiting_for_${WaitsFor}`;
  /** Empty: there is no answer, and so no message. */
  readonly answer: string;
  readonly status: 'succeeded' | 'failed' | 'interrupted' | 'cancelled';
  readonly errorCode: string | null;
  readonly endedAt: Date;
}

const COUNT_AND_SAY = `, counted as (
  ${COUNT_IN_CONVERSATION} from ended where conversations.id = conversation_id
), used as (
  ${COUNT_IN_USAGE} from ended where account_id = ?
), said as (
  ${INSERT_MESSAGE} select ?, conversation_id, id, 'assistant', ?, ? from ended
)`;

/** Of a run that can take no answer any more. */
const WITHDRAW = `update run_inputs
  set content = null, state = case when state = 'pending' then 'withdrawn' else state end`;
const IS_OPEN = `(state = 'pending' or content is not null)`;

const WITHDRAW_OPEN = `, withdrawn as (${WITHDRAW} from ended where run_id = ended.id and ${IS_OPEN})`;

/**
 * The conversation is locked before the counters of its account, and these before the run, as everywhere: two that lock
 * in different orders wait for each other. A message locks its run last, as it waits there for the end of another run.
 */
const ended = (say: string, record: string) => `with kept as (
  select id from conversations where id = ? and deleted_at is null for update
), counters as (
  select chat_usage.account_id from chat_usage, kept where chat_usage.account_id = ? for update of chat_usage
), ended as (
  update runs set status = ?, error_code = ?, finished_at = ?
  from kept left join counters on true
  where runs.id = ? and runs.status = ? and finished_at is null returning runs.id, conversation_id
)${say}${record} select case when not exists (select from ended) then 'run' end as missing`;

/**
 * The end of a run with its answer, if there is any, and with the record of the call, if that is not written elsewhere.
 * What a run still asks that its process has left is withdrawn with it.
 * Misses the run if that has another status by now, or is deleted.
 */
export function endRun(end: RunEnd, audit?: Statement): AtomicWrite {
  const { id, conversationId, accountId, from, answer } = end;
  const { status, errorCode, endedAt } = end;
  const hasAnswer = answer !== '';
  const mayAsk = status === 'interrupted' || from === 'waiting_for_input';
  const bytes = Buffer.byteLength(answer);
  return {
    sqlite: () => [
      {
        sql: `update runs set status = ?, error_code = ?, finished_at = ?
          where id = ? and status = ? and finished_at is null and conversation_id in
            (select id from conversations where id = runs.conversation_id and deleted_at is null)`,
        values: [status, errorCode, endedAt, id, from],
        needs: 'run',
      },
      ...(mayAsk ? [{ sql: `${WITHDRAW} where run_id = ? and ${IS_OPEN}`, values: [id] }] : []),
      ...(hasAnswer ? answerSteps(end, bytes) : []),
      ...(audit ? [audit] : []),
    ],
    postgres: () => ({
      sql: ended(
        (mayAsk ? WITHDRAW_OPEN : '') + (hasAnswer ? COUNT_AND_SAY : ''),
        audit ? `, recorded as (${audit.sql} from ended)` : '',
      ),
      values: [
        conversationId,
        accountId,
        status,
        errorCode,
        endedAt,
        id,
        from,
        ...(hasAnswer ? [endedAt, bytes, bytes, accountId, id, answer, endedAt] : []),
        ...(audit?.values ?? []),
      ],
    }),
  };
}

function answerSteps(end: RunEnd, bytes: number): Step[] {
  const { id, conversationId, accountId, answer, endedAt } = end;
  return [
    { sql: `${COUNT_IN_CONVERSATION} where id = ?`, values: [endedAt, bytes, conversationId] },
    { sql: `${COUNT_IN_USAGE} where account_id = ?`, values: [bytes, accountId] },
    {
      sql: `${INSERT_MESSAGE} values (?, ?, ?, 'assistant', ?, ?)`,
      values: [id, conversationId, id, answer, endedAt],
    },
  ];
}
