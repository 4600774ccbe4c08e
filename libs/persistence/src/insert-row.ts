import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/**
 * Inserts one row in the transaction of `em`, past the unit of work. The names of the table and its columns must be
 * ours: only the values may be somebody's input. For what each sign-in writes: of the processor time that it takes
 * beside its hash, the unit of work would be a third.
 */
export async function insertRow(
  em: EntityManager,
  table: string,
  row: Readonly<Record<string, string | Date | undefined>>,
): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  await (em as SqlEntityManager).execute(
    `insert into ${table} (${columns.join(', ')}) values (${places})`,
    Object.values(row).map((value) => value ?? null),
    'run',
  );
}
