import { isIP } from 'node:net';
import type { RecordFormat } from './exported-record.js';

/** From 0 to 10: what was refused is of more interest than what was done. */
const SEVERITY = { succeeded: 3, failed: 5 };

/** Common Event Format, version 0, as ArcSight and most of those who read logs take it. */
export const cefLine: RecordFormat = (record) => {
  const { id, occurredAt, actorId, action, objectType, objectId, outcome, requestId } = record;
  const severity = outcome === 'succeeded' ? SEVERITY.succeeded : SEVERITY.failed;
  const head = ['CEF:0', 'MCP Phone', 'Gateway', '1', action, action, severity];
  const fields: [string, string | number | null][] = [
    ['rt', occurredAt],
    ['externalId', id],
    ['act', action],
    ['outcome', outcome],
    ['suid', actorId],
    ...addressFields(record.ip),
    ['cs1Label', requestId && 'requestId'],
    ['cs1', requestId],
    ['cs2Label', objectType && 'objectType'],
    ['cs2', objectType],
    ['cs3Label', objectId && 'objectId'],
    ['cs3', objectId],
    ['cn1Label', record.seal && 'sequence'],
    ['cn1', record.seal && record.seal.sequence],
  ];
  const extension = fields
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${escapedValue(String(value))}`);
  return `${head.map((part) => escapedHead(String(part))).join('|')}|${extension.join(' ')}`;
};

function addressFields(ip: string): [string, string][] {
  switch (isIP(ip)) {
    case 4:
      return [['src', ip]];
    case 6:
      return [
        ['c6a2Label', 'Source IPv6 Address'],
        ['c6a2', ip],
      ];
    default:
      return [['shost', ip]];
  }
}

function escapedHead(text: string): string {
  return text.replaceAll(/[\\|]/g, (sign) => `\\${sign}`).replaceAll(/[\r\n]+/g, ' ');
}

function escapedValue(text: string): string {
  return text
    .replaceAll(/[\\=]/g, (sign) => `\\${sign}`)
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n');
}
