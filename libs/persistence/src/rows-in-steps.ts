/**
 * All rows of a query in the order of their ids, of which a few are in memory at a time.
 *
 * @param step how many rows `read` returns at most
 * @param read returns the next rows in that order, given a condition on what comes after those before
 */
export async function* rowsInSteps<Row extends { id: string }>(
  step: number,
  read: (after: { id?: { $gt: string } }) => Promise<Row[]>,
): AsyncGenerator<Row> {
  let after: { id?: { $gt: string } } = {};
  for (;;) {
    const rows = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < step) return;
    after = { id: { $gt: last.id } };
  }
}
