import type { SqlEntityManager } from '@mikro-orm/sql';
import { deleteRunEvents } from '../ownership/delete-run-events.js';
import { Conversation } from '../ownership/conversation.entity.js';

/**
 * How much one statement deletes, as other writes wait for it. Messages take their words along, which the embedded
 * database overwrites one by one. Messages, bytes of the text in them, and runs.
 */
export const MESSAGES_PER_DELETION = 50;
export const BYTES_PER_DELETION = 65_536;
const RUNS_PER_DELETION = 500;

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
  const theirs = `where conversation_id in (${ids.map(() => '?').join(', ')})`;
  const runs = `select id from runs ${theirs} limit ${RUNS_PER_DELETION}`;
  const messages = `select id from (
    select id, sum(bytes) over (order by id) - bytes as bytes_before from (
      select id, octet_length(content) as bytes from messages ${theirs} limit ${MESSAGES_PER_DELETION}
    ) as found
  ) as counted where bytes_before < ${BYTES_PER_DELETION}`;
  await deleteRunEvents(em, `run_id in (select id from runs ${theirs})`, ids, signal);
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
