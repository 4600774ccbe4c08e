import { noteChange, sharedMoment } from '@app/persistence';
import type { SqlEntityManager } from '@mikro-orm/sql';

/** How long a row that is over is kept for those who ask why something was refused. Milliseconds. */
const KEPT_AFTER_END_MS = 30 * 86_400_000;

/** A row that is in force until it expires or is removed, and is never changed otherwise. */
export interface FollowedRow {
  readonly id: string;
  readonly expiresAt?: Date | null;
  readonly removedAt?: Date | null;
}

/** The rows that are in force now. */
export function inForce() {
  return { removedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: new Date() } }] };
}

/** The rows that have been over for as long as they are kept. */
export function longOver(now: Date) {
  const before = new Date(now.getTime() - KEPT_AFTER_END_MS);
  return { $or: [{ removedAt: { $lt: before } }, { expiresAt: { $lt: before } }] };
}

const TABLES = { blocks: 'network_blocks', switches: 'operator_switches' } as const;

/**
 * Has other instances read the rows: by the clock that all of them share, which they ask by. Last in a transaction, and
 * the moment after the wait for other changes, so that the commit follows on it.
 */
export async function markChanged(
  em: SqlEntityManager,
  topic: keyof typeof TABLES,
  ids: readonly string[],
): Promise<void> {
  await noteChange(em, topic);
  const { sql, values } = sharedMoment(em);
  const places = ids.map(() => '?').join(', ');
  await em.execute(`update ${TABLES[topic]} set changed_at = ${sql} where id in (${places})`, [
    ...values,
    ...ids,
  ]);
}
