import { isEmbeddedDatabase } from '@app/persistence';
import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { deleteRunEvents } from '../ownership/delete-run-events.js';
import { Conversation } from '../ownership/conversation.entity.js';

/** How many messages one statement deletes, and bytes of the text in them, as other writes wait for it. */
export interface DeletionStep {
  readonly messages: number;
  readonly bytes: number;
}

/** Messages take their words along, which the embedded database overwrites one by one: a word takes up to 0.1 ms. */
const EMBEDDED_STEP: DeletionStep = { messages: 10, bytes: 4_096 };
const SERVER_STEP: DeletionStep = { messages: 500, bytes: 1_048_576 };

export function deletionStep(em: EntityManager): DeletionStep {
  return isEmbeddedDatabase(em) ? EMBEDDED_STEP : SERVER_STEP;
}

const RUNS_PER_DELETION = 500;

/** A megabyte of files. */
const CHUNKS_PER_DELETION = 8;

/**
 * Deletes conversations with their messages and runs, in statements of a bounded size, each of which is a transaction
 * of its own unless `em` has one. The deletion of a conversation alone would delete its messages and runs, too, by
 * their references, but all of them in one statement.
 *
 * @throws the reason of `signal` once it is aborted; what is left is for a later call
 */
export async function deleteConversations(
  em: SqlEntityManager,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const step = deletionStep(em);
  const theirs = `where conversation_id in (${ids.map(() => '?').join(', ')})`;
  const runs = `select id from runs ${theirs} limit ${RUNS_PER_DELETION}`;
  const messages = `select id from (
    select id, sum(bytes) over (order by id) - bytes as bytes_before from (
      select id, octet_length(content) as bytes from messages ${theirs} limit ${step.messages}
    ) as found
  ) as counted where bytes_before < ${step.bytes}`;
  await deleteRunEvents(em, `run_id in (select id from runs ${theirs})`, ids, signal);
  const files = `file_id in (select f.id from card_files f join runs r on r.id = f.run_id
    where r.conversation_id in (${ids.map(() => '?').join(', ')}))`;
  while (await exists(em, `select file_id from card_file_chunks where ${files} limit 1`, ids)) {
    signal?.throwIfAborted();
    const next = `select file_id, seq from card_file_chunks where ${files} limit ${CHUNKS_PER_DELETION}`;
    await em.execute(
      `delete from card_file_chunks where (file_id, seq) in (${next})`,
      [...ids],
      'run',
    );
  }
  for (const [table, next] of [
    ['messages', messages],
    ['runs', runs],
  ] as const) {
    // Not until a statement has deleted less than it may: another instance may have deleted the same rows.
    while (await exists(em, `select id from ${table} ${theirs} limit 1`, ids)) {
      signal?.throwIfAborted();
      await em.execute(`delete from ${table} where id in (${next})`, [...ids], 'run');
    }
  }
  await em.nativeDelete(Conversation, { id: { $in: [...ids] } }, { filters: false });
}

async function exists(
  em: SqlEntityManager,
  query: string,
  parameters: readonly string[],
): Promise<boolean> {
  return (await em.execute<object[]>(query, [...parameters])).length > 0;
}
