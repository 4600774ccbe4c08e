import { momentOfId } from '@app/persistence';
import type { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { AuditRecordFactory } from './audit-record.factory.js';

describe('a new record', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('has an id that is not older than the time it tells, also where a millisecond ends in between', () => {
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 1));
    const keys = { mac: () => Buffer.alloc(0) } as unknown as AuditKeysService;
    const { id, occurredAt } = new AuditRecordFactory(keys).make({
      action: 'user.read',
      outcome: 'succeeded',
      ip: '',
      requestId: '',
    });
    expect(momentOfId(id).getTime()).toBeGreaterThanOrEqual(occurredAt);
  });
});
