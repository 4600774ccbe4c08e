import {
  type AtomicWrite,
  POSTGRES_MOMENT,
  SQLITE_MOMENT,
  type SqlValue,
  type Step,
} from '@app/persistence';
import type { ChatConfig } from '../chat.config.js';
import type { MessageKey } from '../idempotency/message-key.js';
import { COUNT_IN_CONVERSATION, COUNT_IN_USAGE, INSERT_MESSAGE } from './message-writes.js';

/**
 * What a write may miss: the conversation with that assistant, an id that no other conversation has, a key that no other
 * message has, room for the message, its turn (the place or the conversation has a run that goes on), or a run that still
 * goes on.
 */
export type MissingPart = 'conversation' | 'id' | 'key' | 'room' | 'turn' | 'run';

/** A message and the run that is to answer it. */
export interface NewRun {
  readonly id: string;
  readonly conversationId: string;
  /** The id by which the client knows the conversation. */
  readonly publicConversationId: string;
  readonly accountId: string;
  readonly profileId: string;
  readonly messageId: string;
  readonly message: string;
  readonly bytes: number;
  readonly begunAt: Date;
  /** The run that it follows; null for the newest one of its conversation. */
  readonly parentId: string | null;
  /** Which of the places of its account with its assistant it has while it goes on; see `run-places.ts`. */
  readonly place: string;
  /** The process that works on it. */
  readonly instanceId: string;
  /** How long it counts as alive unless its process says so. Milliseconds. */
  readonly leaseMs: number;
  /** Whether the parts of its answer are logged. */
  readonly log: 'none' | 'kept';
  /** By which repetitions of the message are known. */
  readonly key?: MessageKey | undefined;
}

type Quotas = ChatConfig['quotas'];

const INSERT_RUN = `insert into runs
  (id, conversation_id, status, created_at, deadline_at, instance_id, log, place, parent_id)`;
const HAS_ROOM = `account_id = ? and messages < ? and bytes + ? <= ?`;

/** A conversation has one run that goes on, and so has a place: the keys of both are of runs that have not ended. */
const TAKEN: Readonly<Record<string, MissingPart>> = {
  conversations: 'id',
  runs: 'turn',
  idempotency_keys: 'key',
};

const INSERT_KEY = `insert into idempotency_keys
  (account_id, key_digest, message_digest, created_at, run_id)`;
const KEYED = `, keyed as (
  ${INSERT_KEY} select ?, ?, ?, ?, id from begun
)`;

/** On PostgreSQL each part goes on from the one before: what that did not find, this does not change. */
const continued = (keyed: string) => `with owned as (
  select id from conversations where id = ? and account_id = ? and profile_id = ? and deleted_at is null
  for update
), room as (
  ${COUNT_IN_USAGE} from owned where ${HAS_ROOM} returning owned.id
), counted as (
  ${COUNT_IN_CONVERSATION} from room where conversations.id = room.id returning conversations.id
), begun as (
  ${INSERT_RUN} select ?, id, 'running', ?, ${POSTGRES_MOMENT}, ?, ?, ?, coalesce(cast(? as uuid), (
    select id from runs where conversation_id = counted.id order by id desc limit 1
  )) from counted returning id, conversation_id
), said as (
  ${INSERT_MESSAGE} select ?, conversation_id, id, 'user', ?, ? from begun
)${keyed} select case
  when not exists (select from owned) then 'conversation'
  when not exists (select from room) then 'room'
end as missing`;

const started = (keyed: string) => `with room as (
  ${COUNT_IN_USAGE}, conversations = conversations + 1
  where ${HAS_ROOM} and conversations < ? returning account_id
), opened as (
  insert into conversations
    (id, chosen_id, account_id, profile_id, title, created_at, updated_at, message_count, content_bytes)
  select ?, ?, account_id, ?, ?, ?, ?, 1, ? from room returning id
), begun as (
  ${INSERT_RUN} select ?, id, 'running', ?, ${POSTGRES_MOMENT}, ?, ?, ?, cast(? as uuid) from opened returning id, conversation_id
), said as (
  ${INSERT_MESSAGE} select ?, conversation_id, id, 'user', ?, ? from begun
)${keyed} select case when not exists (select from room) then 'room' end as missing`;

/** The counters of an account, which are there from its first message on. */
export function openUsage(accountId: string): AtomicWrite {
  const statement = {
    sql: `insert into chat_usage (account_id, conversations, messages, bytes) values (?, 0, 0, 0)
      on conflict (account_id) do nothing`,
    values: [accountId],
  };
  return { sqlite: () => [statement], postgres: () => statement };
}

/** A message in a conversation of the account with that assistant. May miss the conversation, the turn, the key or the room. */
export function continueConversation(run: NewRun, quotas: Quotas): AtomicWrite {
  const { conversationId, accountId, profileId, bytes, begunAt } = run;
  const owner = [conversationId, accountId, profileId];
  const room = [bytes, accountId, quotas.messages, bytes, quotas.historyBytes];
  return {
    taken: TAKEN,
    sqlite: () => [
      {
        sql: `${COUNT_IN_CONVERSATION}
          where id = ? and account_id = ? and profile_id = ? and deleted_at is null`,
        values: [begunAt, bytes, ...owner],
        needs: 'conversation',
      },
      { sql: `${COUNT_IN_USAGE} where ${HAS_ROOM}`, values: room, needs: 'room' },
      ...beginSteps(run),
    ],
    postgres: () => ({
      sql: continued(run.key ? KEYED : ''),
      values: [...owner, ...room, begunAt, bytes, ...begunValues(run)],
    }),
  };
}

/**
 * The first message of a conversation, which begins with it. May miss the room, the id of the conversation, the turn or
 * the key.
 */
export function startConversation(run: NewRun, title: string, quotas: Quotas): AtomicWrite {
  const { conversationId, publicConversationId, accountId, profileId, bytes, begunAt } = run;
  const chosenId = publicConversationId === conversationId ? null : publicConversationId;
  const room = [
    bytes,
    accountId,
    quotas.messages,
    bytes,
    quotas.historyBytes,
    quotas.conversations,
  ];
  return {
    taken: TAKEN,
    sqlite: () => [
      {
        sql: `${COUNT_IN_USAGE}, conversations = conversations + 1
          where ${HAS_ROOM} and conversations < ?`,
        values: room,
        needs: 'room',
      },
      {
        sql: `insert into conversations
          (id, chosen_id, account_id, profile_id, title, created_at, updated_at, message_count, content_bytes)
          values (?, ?, ?, ?, ?, ?, ?, 1, ?)`,
        values: [conversationId, chosenId, accountId, profileId, title, begunAt, begunAt, bytes],
      },
      ...beginSteps(run),
    ],
    postgres: () => ({
      sql: started(run.key ? KEYED : ''),
      values: [
        ...room,
        conversationId,
        chosenId,
        profileId,
        title,
        begunAt,
        begunAt,
        bytes,
        ...begunValues(run),
      ],
    }),
  };
}

function beginSteps(run: NewRun): Step[] {
  const {
    id,
    conversationId,
    messageId,
    message,
    begunAt,
    place,
    parentId,
    instanceId,
    leaseMs,
    log,
  } = run;
  return [
    {
      sql: `${INSERT_RUN} values (?, ?, 'running', ?, ${SQLITE_MOMENT}, ?, ?, ?, coalesce(?, (
        select id from runs where conversation_id = ? order by id desc limit 1
      )))`,
      values: [
        id,
        conversationId,
        begunAt,
        leaseMs,
        instanceId,
        log,
        place,
        parentId,
        conversationId,
      ],
    },
    {
      sql: `${INSERT_MESSAGE} values (?, ?, ?, 'user', ?, ?)`,
      values: [messageId, conversationId, id, message, begunAt],
    },
    ...(run.key
      ? [{ sql: `${INSERT_KEY} values (?, ?, ?, ?, ?)`, values: [...keyValues(run), id] }]
      : []),
  ];
}

/** The run, its message and its key, as both statements of PostgreSQL end with them. */
function begunValues(run: NewRun): SqlValue[] {
  const { id, begunAt, leaseMs, instanceId, log, place, parentId, messageId, message } = run;
  const ofRun = [id, begunAt, leaseMs, instanceId, log, place, parentId];
  return [...ofRun, messageId, message, begunAt, ...keyValues(run)];
}

function keyValues({ accountId, key, begunAt }: NewRun): SqlValue[] {
  return key ? [accountId, key.keyDigest, key.messageDigest, begunAt] : [];
}
