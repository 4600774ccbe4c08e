import { AuditTrail, type AuditWitness } from '@app/logging';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

/** What the audit trail says of a command instead of an address and a request: it has no actor but whoever may run it. */
const LOCAL_CALL = { ip: 'cli', requestId: randomUUID() };

/**
 * Does what changes something, and records how it ended. The record of a success is written with the change itself, by
 * `record`: nobody with access to the machine is to change something by a command that nobody can find later.
 */
export async function audited<T>(
  app: INestApplicationContext,
  action: string,
  objectType: string,
  work: (record: AuditWitness) => Promise<T>,
): Promise<T> {
  const trail = app.get(AuditTrail);
  try {
    return await work((objectId, em) =>
      trail.recordIn(em, { action, objectType, objectId, outcome: 'succeeded', ...LOCAL_CALL }),
    );
  } catch (error) {
    await trail.record({ action, outcome: outcomeOf(error), ...LOCAL_CALL });
    throw error;
  }
}

/** How a command ended, as the audit trail has it: a code of ours, never a message. */
function outcomeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : 'internal_error';
}
