import type { AuditEntry } from '@app/logging';

/** Of the record of what became of an approval without a call of the person: it has no address and no request. */
export function outsideOfCalls(
  actorId: string,
  runId: string,
): Omit<AuditEntry, 'action' | 'outcome'> {
  return { actorId, objectType: 'run', objectId: runId, ip: '', requestId: '' };
}
