import { cefLine } from './cef.js';
import type { ExportedRecord } from './exported-record.js';
import { jsonLine } from './json-lines.js';
import { ocsfLine } from './ocsf.js';

const RECORD: ExportedRecord = {
  id: '01a20de4-0000-7000-8000-00000000000a',
  occurredAt: 1_795_766_400_000,
  actorId: '01a20de4-0000-7000-8000-00000000000b',
  action: 'session.opened',
  objectType: null,
  objectId: null,
  outcome: 'succeeded',
  ip: '203.0.113.7',
  requestId: 'a-request',
  seal: { sequence: 17, hash: 'ab' },
};

describe('a line of the exported audit trail', () => {
  it('is the record as JSON', () => {
    expect(JSON.parse(jsonLine(RECORD))).toEqual({
      ...RECORD,
      occurredAt: '2026-11-27T08:00:00.000Z',
    });
  });

  it('is CEF, in which nothing ends a field early', () => {
    expect(cefLine(RECORD)).toBe(
      'CEF:0|MCP Phone|Gateway|1|session.opened|session.opened|3|rt=1795766400000 ' +
        'externalId=01a20de4-0000-7000-8000-00000000000a act=session.opened outcome=succeeded ' +
        'suid=01a20de4-0000-7000-8000-00000000000b src=203.0.113.7 cs1Label=requestId cs1=a-request ' +
        'cn1Label=sequence cn1=17',
    );
    const odd = { ...RECORD, action: 'a|b\\c', objectType: 'x', objectId: 'p=1\nq|\\', ip: 'cli' };
    const line = cefLine(odd);
    expect(line).toContain('|a\\|b\\\\c|');
    expect(line).toContain('cs3=p\\=1\\nq|\\\\ ');
    expect(line).toContain('shost=cli');
    expect(cefLine({ ...RECORD, ip: '2001:db8::1' })).toContain('c6a2=2001:db8::1');
  });

  it.each([
    ['session.opened', 300201],
    ['session.closed', 300202],
    ['user.switched_off', 300105],
    ['message.sent', 600399],
  ])('is OCSF: %s has the type %i', (action, type) => {
    const event = JSON.parse(ocsfLine({ ...RECORD, action })) as Record<string, unknown>;
    expect(event).toMatchObject({
      type_uid: type,
      class_uid: Math.floor(type / 100),
      category_uid: Math.floor(type / 100_000),
      time: RECORD.occurredAt,
      severity_id: 1,
      status_id: 1,
      actor: { user: { uid: RECORD.actorId } },
      src_endpoint: { ip: RECORD.ip },
      metadata: { version: '1.5.0', uid: RECORD.id, correlation_uid: 'a-request', sequence: 17 },
    });
  });

  it('is OCSF that says who was refused, by what is known', () => {
    const failed = {
      ...RECORD,
      actorId: null,
      objectType: 'account',
      objectId: 'x',
      outcome: 'invalid_credentials',
      ip: '',
    };
    expect(JSON.parse(ocsfLine(failed))).toMatchObject({
      status_id: 2,
      status_detail: 'invalid_credentials',
      user: { uid: 'x' },
      actor: { user: { name: 'unknown' } },
      src_endpoint: { name: 'unknown' },
    });
  });
});
