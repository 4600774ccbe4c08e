import type { SqlEntityManager } from '@mikro-orm/sql';

/** How much one statement deletes, as other writes wait for it. Rows, and bytes of the text in them. */
const ROWS_PER_DELETION = 500;
const BYTES_PER_DELETION = 1_048_576;

/**
 * Deletes parts of answers in statements of a bounded size.
 *
 * @param condition on `run_events`, with places for `values`
 * @throws the reason of `signal` once it is aborted; what is left is for a later call
 */
export async function deleteRunEvents(
  em: SqlEntityManager,
  condition: string,
  values: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const next = `select run_id, seq from (
    select run_id, seq, sum(bytes) over (order by run_id, seq) - bytes as bytes_before from (
      select run_id, seq, octet_length(part) as bytes from run_events
      where ${condition} order by run_id, seq limit ${ROWS_PER_DELETION}
    ) as found
  ) as counted where bytes_before < ${BYTES_PER_DELETION}`;
  const left = `select 1 from run_events where ${condition} limit 1`;
  while ((await em.execute<object[]>(left, [...values])).length > 0) {
    signal?.throwIfAborted();
    await em.execute(`delete from run_events where (run_id, seq) in (${next})`, [...values], 'run');
  }
}
