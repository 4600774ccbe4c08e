import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/** A place in the chain after which others may come. */
export interface ChainEnd {
  readonly sequence: number;
  readonly hash: Buffer;
}

/** The hash of the chain at a place, in base64url; undefined where there is no seal. */
export async function sealHash(em: EntityManager, sequence: number): Promise<string | undefined> {
  const [row] = await (em.fork() as SqlEntityManager).execute<{ hash: Buffer }[]>(
    'select hash from audit_seals where sequence = ?',
    [sequence],
  );
  return row && Buffer.from(row.hash).toString('base64url');
}

/** The last place that is taken; undefined where none is. */
export async function lastSeal(em: EntityManager): Promise<ChainEnd | undefined> {
  const [row] = await (em.fork() as SqlEntityManager).execute<
    { sequence: number | string; hash: Buffer }[]
  >('select sequence, hash from audit_seals order by sequence desc limit 1');
  return row && { sequence: Number(row.sequence), hash: Buffer.from(row.hash) };
}
