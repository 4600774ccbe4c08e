import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditCheckpoint } from './audit-checkpoint.js';
import { checkpointAt } from './checkpoint-store.js';

/** The action of the record that says up to which checkpoint records were removed, as their time was over. */
export const RETIRED = 'audit.retired';

/** The checkpoint that stands for all records up to it; undefined as long as none was removed. */
export async function retiredCheckpoint(em: EntityManager): Promise<AuditCheckpoint | undefined> {
  const [row] = await (em.fork() as SqlEntityManager).execute<{ object_id: string }[]>(
    `select r.object_id from audit_records r join audit_seals s on s.record_id = r.id
     where r.action = '${RETIRED}' order by r.id desc limit 1`,
  );
  return row && checkpointAt(em, Number(row.object_id));
}
