import { AuditTrail, outcomeOf, type RecordAudit } from '@app/logging';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

/** What the audit trail says of a command instead of an address and a request: it has no actor, as anyone with access to the machine can run it. */
export const LOCAL_CALL = { ip: 'cli', requestId: randomUUID() };

/**
 * Does what changes something, and records how it ended. The record of a success is written with the change itself, by
 * `record`: no command may change data without leaving a record.
 */
export async function audited<T>(
  app: INestApplicationContext,
  action: string,
  objectType: string,
  work: (record: RecordAudit) => Promise<T>,
): Promise<T> {
  const trail = app.get(AuditTrail);
  try {
    return await work(async (objectId, em) => {
      const entry = { action, objectType, objectId, outcome: 'succeeded', ...LOCAL_CALL };
      await trail.recordIn(em, entry);
    });
  } catch (error) {
    await trail.record({ action, outcome: outcomeOf(error), ...LOCAL_CALL });
    throw error;
  }
}
