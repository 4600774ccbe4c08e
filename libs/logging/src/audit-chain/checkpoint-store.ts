import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Statement } from '@app/persistence';
import { type AuditCheckpoint, checkpointsIn } from './audit-checkpoint.js';

/** How many checkpoints one statement reads. */
const CHECKPOINTS_PER_READ = 500;

/** Inserts a checkpoint; another one of the same number is a key that is taken. */
export function checkpointInsertion({ number, sequence, token }: AuditCheckpoint): Statement {
  return {
    sql: 'insert into audit_checkpoints (number, sequence, token) values (?, ?, ?)',
    values: [number, sequence, token],
  };
}

/** The one with that number; undefined, too, if what is stored there is none. */
export async function checkpointAt(
  em: EntityManager,
  number: number,
): Promise<AuditCheckpoint | undefined> {
  return one(em, 'where number = ?', [number]);
}

/** The last one, or the last but so many. */
export async function latestCheckpoint(
  em: EntityManager,
  skipped = 0,
): Promise<AuditCheckpoint | undefined> {
  return one(em, `order by number desc limit 1 offset ${skipped}`, []);
}

/** The stored tokens from that number on, in the order of numbers. */
export async function* checkpointsFrom(
  em: EntityManager,
  first: number,
): AsyncGenerator<{ number: number; sequence: number; checkpoint: AuditCheckpoint | undefined }> {
  for (let next = first; ;) {
    const rows = await (em.fork() as SqlEntityManager).execute<
      { number: number; sequence: number | string; token: string }[]
    >(
      `select number, sequence, token from audit_checkpoints where number >= ? order by number limit ${CHECKPOINTS_PER_READ}`,
      [next],
    );
    for (const { number, sequence, token } of rows) {
      yield { number, sequence: Number(sequence), checkpoint: checkpointsIn(token)[0] };
    }
    if (rows.length < CHECKPOINTS_PER_READ) return;
    next = rows.at(-1)!.number + 1;
  }
}

async function one(
  em: EntityManager,
  which: string,
  values: readonly number[],
): Promise<AuditCheckpoint | undefined> {
  const [row] = await (em.fork() as SqlEntityManager).execute<{ token: string }[]>(
    `select token from audit_checkpoints ${which}`,
    values,
  );
  return row && checkpointsIn(row.token)[0];
}
