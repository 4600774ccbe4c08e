import { PERSON } from '../audit/audit-object.js';
import type { RecordContent } from '../audit/record-digest.js';

/**
 * A record without an account: its id becomes `pseudonym`, and its addresses, the ids of its objects and those of its
 * requests go; by the latter, lines of the log lead to the account. Who else acted on it, or was acted on, stays.
 */
export function withoutPerson(
  record: RecordContent,
  accountId: string,
  pseudonym: string,
): RecordContent {
  const { actorId, objectType, objectId, ip } = record;
  if (actorId !== accountId) {
    return { ...record, objectId: pseudonym, requestId: '', ip: actorId === null ? '' : ip };
  }
  const other = objectType === PERSON ? objectId : null;
  return {
    ...record,
    actorId: pseudonym,
    objectId: objectId === accountId ? pseudonym : other,
    ip: '',
    requestId: '',
  };
}
