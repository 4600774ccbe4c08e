import type { AtomicWrite, SqlValue } from '@app/persistence';
import type { CardFileRecord } from './card.view.js';

/** What one write takes of a file, and what a reader holds at a time. Bytes. */
export const CHUNK_BYTES = 131_072;

/** How much of the quota the smallest file takes. Bytes. */
const LEAST_COUNTED = 4_096;

/** A card that an answer shows, without its files. */
export interface NewCard {
  readonly runId: string;
  readonly conversationId: string;
  readonly accountId: string;
  readonly callId: string;
  readonly title: string;
  readonly text: string;
  readonly isCut: boolean;
}

export interface NewFile extends CardFileRecord {
  /** SHA-256 of the bytes. */
  readonly digest: string;
}

const COUNT_IN_CONVERSATION = `update conversations set file_bytes = conversations.file_bytes + ?`;
const COUNT_IN_USAGE = `update chat_usage set file_bytes = chat_usage.file_bytes + ?`;
const CARD = 'insert into cards (run_id, call_id, title, text, is_cut)';
const FILE = `insert into card_files
  (id, run_id, call_id, name, media_type, size_bytes, width, height, digest, is_whole)`;

/**
 * Keeps a card, and begins to keep a file of it. Until the file is whole it is not shown. Misses the conversation if that
 * is deleted, or the room in the quota of the account. Words alone are counted, and always have room.
 *
 * @param quota most bytes of all files of the account
 */
export function beginCard(card: NewCard, file: NewFile | undefined, quota: number): AtomicWrite {
  const { runId, conversationId, accountId, callId } = card;
  const counted = countedBytes(file?.sizeBytes);
  const most = file ? quota : Number.MAX_SAFE_INTEGER;
  const kept = [conversationId, counted, accountId, counted, most, counted, conversationId];
  const cardValues = [runId, callId, card.title, card.text, card.isCut ? 1 : 0];
  const fileValues = file ? valuesOf(card, file) : [];
  return {
    sqlite: () => [
      {
        sql: `${COUNT_IN_CONVERSATION} where id = ? and deleted_at is null`,
        values: [counted, conversationId],
        needs: 'conversation',
      },
      {
        sql: `${COUNT_IN_USAGE} where account_id = ? and file_bytes + ? <= ?`,
        values: [counted, accountId, counted, most],
        needs: 'room',
      },
      { sql: `${CARD} values (?, ?, ?, ?, ?) on conflict do nothing`, values: cardValues },
      ...(file
        ? [{ sql: `${FILE} values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, values: fileValues }]
        : []),
    ],
    postgres: () => ({
      // The conversation before the counters, as everywhere.
      sql: `with kept as (
        select id from conversations where id = ? and deleted_at is null for update
      ), room as (
        ${COUNT_IN_USAGE} from kept where account_id = ? and file_bytes + ? <= ? returning account_id
      ), counted as (
        ${COUNT_IN_CONVERSATION} from room where conversations.id = ?
      ), card as (
        ${CARD} select ?, ?, ?, ?, ? from room on conflict do nothing
      )${file ? `, file as (${FILE} select ?, ?, ?, ?, ?, ?, ?, ?, ?, 0 from room)` : ''}
      select case when not exists (select from kept) then 'conversation'
          when not exists (select from room) then 'room' end as missing`,
      values: [...kept, ...cardValues, ...fileValues],
    }),
  };
}

function countedBytes(sizeBytes = 0): number {
  return Math.max(sizeBytes, LEAST_COUNTED);
}

function valuesOf({ runId, callId }: NewCard, file: NewFile): SqlValue[] {
  const { id, name, mediaType, sizeBytes, width = null, height = null, digest } = file;
  return [id, runId, callId, name, mediaType, sizeBytes, width, height, digest];
}

const IS_WHOLE = 'update card_files set is_whole = ? where id = ?';

/** Keeps the next chunk of a file. Misses the file if it has been deleted meanwhile. */
export function keepChunk(id: string, seq: number, bytes: Buffer, isLast: boolean): AtomicWrite {
  const isWhole = isLast ? 1 : 0;
  return {
    sqlite: () => [
      { sql: IS_WHOLE, values: [isWhole, id], needs: 'file' },
      {
        sql: 'insert into card_file_chunks (file_id, seq, bytes) values (?, ?, ?)',
        values: [id, seq, bytes],
      },
    ],
    postgres: () => ({
      sql: `with file as (${IS_WHOLE} returning id), chunk as (
        insert into card_file_chunks (file_id, seq, bytes) select id, ?, ? from file
      ) select case when not exists (select from file) then 'file' end as missing`,
      values: [isWhole, id, seq, bytes],
    }),
  };
}

/** A file that has not become whole, and where it is. */
export type BrokenFile = Pick<NewCard, 'runId' | 'conversationId' | 'accountId' | 'callId'> &
  Pick<NewFile, 'id' | 'sizeBytes'>;

const GIVE_BACK = 'set file_bytes = file_bytes - ?';
const IS_BROKEN = 'card_files.id = ? and is_whole = 0';
const IS_EMPTY = `run_id = ? and call_id = ? and not exists (select 1 from card_files f
  where f.run_id = cards.run_id and f.call_id = cards.call_id and f.id <> ?)`;

/**
 * Deletes a file that has not become whole, with its card if that has no other, and gives its bytes back. Misses the file
 * if it is whole, or deleted with its conversation.
 */
export function dropFile(file: BrokenFile): AtomicWrite {
  const { id, runId, conversationId, accountId, callId, sizeBytes } = file;
  const counted = countedBytes(sizeBytes);
  return {
    sqlite: () => [
      {
        sql: `update conversations ${GIVE_BACK} where id = ? and deleted_at is null
          and exists (select 1 from card_files where ${IS_BROKEN})`,
        values: [counted, conversationId, id],
        needs: 'file',
      },
      { sql: `update chat_usage ${GIVE_BACK} where account_id = ?`, values: [counted, accountId] },
      { sql: 'delete from card_files where id = ?', values: [id] },
      { sql: `delete from cards where ${IS_EMPTY}`, values: [runId, callId, id] },
    ],
    postgres: () => ({
      // The conversation before the counters, as everywhere.
      sql: `with kept as (
        select id from conversations where id = ? and deleted_at is null for update
      ), gone as (
        delete from card_files using kept where ${IS_BROKEN} returning card_files.id
      ), room as (
        update chat_usage ${GIVE_BACK} from gone where account_id = ?
      ), counted as (
        update conversations ${GIVE_BACK} from gone where conversations.id = ?
      ), emptied as (
        delete from cards using gone where ${IS_EMPTY}
      ) select case when not exists (select from gone) then 'file' end as missing`,
      values: [conversationId, id, counted, accountId, counted, conversationId, runId, callId, id],
    }),
  };
}
