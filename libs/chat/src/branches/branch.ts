import type { SqlEntityManager } from '@mikro-orm/sql';

/** More runs than any conversation has. */
const ALL_RUNS = 1_000_000_000;

interface IdRow {
  readonly id: string;
}

/** The run and those before it on its branch, the latest first, `most` of them. Only where parents are written down. */
export async function runsOfBranch(
  em: SqlEntityManager,
  runId: string,
  most = ALL_RUNS,
): Promise<string[]> {
  const rows = await em.execute<IdRow[]>(
    `with recursive branch (id, parent_id, depth) as (
       select id, parent_id, 1 from runs where id = ?
       union all
       select p.id, p.parent_id, b.depth + 1 from branch b join runs p on p.id = b.parent_id
       where b.depth < ?
     ) select cast(id as text) as id from branch order by depth`,
    [runId, most],
  );
  return rows.map(({ id }) => id);
}

/** Where the branch through a run ends: of several that go on from a run, the newest one counts. */
export async function endOfBranch(
  em: SqlEntityManager,
  runId: string,
): Promise<string | undefined> {
  const [end] = await em.execute<IdRow[]>(
    `with recursive path (id, depth) as (
       select id, 0 from runs where id = ?
       union all
       select (select k.id from runs k where k.parent_id = path.id order by k.id desc limit 1), depth + 1
       from path where path.id is not null
     ) select cast(id as text) as id from path where id is not null order by depth desc limit 1`,
    [runId],
  );
  return end?.id;
}

/** The newest run of a conversation, whatever branch it is on. */
export async function newestRun(
  em: SqlEntityManager,
  conversationId: string,
): Promise<string | undefined> {
  const [newest] = await em.execute<IdRow[]>(
    'select cast(id as text) as id from runs where conversation_id = ? order by id desc limit 1',
    [conversationId],
  );
  return newest?.id;
}

/**
 * Writes down which run each one follows, where that has not been: until its first branch a conversation is a line. The
 * first of them follows the conversation itself, as others may take its place.
 */
export async function writeParents(em: SqlEntityManager, conversationId: string): Promise<void> {
  await em.execute(
    `update runs set parent_id = coalesce(
       (select p.id from runs p where p.conversation_id = runs.conversation_id and p.id < runs.id
        order by p.id desc limit 1), conversation_id)
     where conversation_id = ? and parent_id is null`,
    [conversationId],
    'run',
  );
}
