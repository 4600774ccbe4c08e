import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Message } from './message.entity.js';

interface SiblingRow {
  readonly id: string;
  readonly parentId: string;
}

/** The messages of the person that stand in the place of each of these, itself included, the oldest first, by its id. */
export async function siblingsOf(
  em: SqlEntityManager,
  messages: readonly Message[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const own = messages.filter(({ role, run }) => role === 'user' && run.parentId !== null);
  if (own.length === 0) return new Map();
  const parents = [...new Set(own.map(({ run }) => run.parentId!))];
  const rows = await em.execute<SiblingRow[]>(
    `select m.id, r.parent_id as "parentId" from runs r
     join messages m on m.run_id = r.id and m.role = 'user'
     where r.parent_id in (${parents.map(() => '?').join(', ')}) order by m.id`,
    parents,
  );
  const byParent = Map.groupBy(rows, ({ parentId }) => parentId);
  return new Map(
    own.map(({ id, run }) => [id, byParent.get(run.parentId!)?.map((row) => row.id) ?? []]),
  );
}
