import { isIP } from 'node:net';
import { PERSON } from '../audit/audit-object.js';
import type { ExportedRecord, RecordFormat } from './exported-record.js';

const VERSION = '1.5.0';

/** The classes of the schema that records are of. */
const API_ACTIVITY = { class_uid: 6003, class_name: 'API Activity', category_uid: 6 };
const AUTHENTICATION = { class_uid: 3002, class_name: 'Authentication', category_uid: 3 };
const ACCOUNT_CHANGE = { class_uid: 3001, class_name: 'Account Change', category_uid: 3 };

const OTHER_ACTIVITY = 99;

type Kind = readonly [typeof API_ACTIVITY, number];

/** What is more than a call of the API, with its activity there. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['session.opened', [AUTHENTICATION, 1]],
  ['session.closed', [AUTHENTICATION, 2]],
  ['session.ended', [AUTHENTICATION, 2]],
  ['session.all_ended', [AUTHENTICATION, 2]],
  ['account.registered', [ACCOUNT_CHANGE, 1]],
  ['admin.created', [ACCOUNT_CHANGE, 1]],
  ['user.switched_on', [ACCOUNT_CHANGE, 2]],
  ['password.changed', [ACCOUNT_CHANGE, 3]],
  ['password.reset', [ACCOUNT_CHANGE, 4]],
  ['user.switched_off', [ACCOUNT_CHANGE, 5]],
  ['account.deletion_requested', [ACCOUNT_CHANGE, 6]],
  ['totp.turned_on', [ACCOUNT_CHANGE, 10]],
  ['totp.turned_off', [ACCOUNT_CHANGE, 11]],
]);

/** Open Cybersecurity Schema Framework, as JSON. */
export const ocsfLine: RecordFormat = (record) => {
  const { id, occurredAt, action, outcome, requestId, seal } = record;
  const [kind, activity] = KINDS.get(action) ?? [API_ACTIVITY, OTHER_ACTIVITY];
  const isSuccess = outcome === 'succeeded';
  return JSON.stringify({
    ...kind,
    activity_id: activity,
    ...(activity === OTHER_ACTIVITY && { activity_name: action }),
    type_uid: kind.class_uid * 100 + activity,
    time: occurredAt,
    severity_id: isSuccess ? 1 : 2,
    status_id: isSuccess ? 1 : 2,
    ...(!isSuccess && { status_detail: outcome }),
    metadata: {
      version: VERSION,
      uid: id,
      product: { name: 'MCP Phone Gateway', vendor_name: 'MCP Phone' },
      ...(requestId && { correlation_uid: requestId }),
      ...(seal && { sequence: seal.sequence }),
    },
    ...partiesOf(record, kind),
    src_endpoint: endpointOf(record.ip),
    ...(seal && { unmapped: { chain_hash: seal.hash } }),
  });
};

/** Each class names those who have a part in it in its own way. */
function partiesOf({ actorId, action, objectType, objectId }: ExportedRecord, kind: object) {
  const actor = { user: actorId ? { uid: actorId } : { name: 'unknown' } };
  if (kind === API_ACTIVITY) {
    const resource = { type: objectType, ...(objectId && { uid: objectId }) };
    return { actor, api: { operation: action }, ...(objectType && { resources: [resource] }) };
  }
  const account = objectType === PERSON ? objectId : actorId;
  return { actor, user: account ? { uid: account } : { name: 'unknown' } };
}

function endpointOf(ip: string): object {
  return isIP(ip) === 0 ? { name: ip || 'unknown' } : { ip };
}
