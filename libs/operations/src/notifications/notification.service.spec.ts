import type { RecordAudit } from '@app/logging';
import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecurityEventDataSource } from '../events/security-event-data.source.js';
import { SecurityEventService } from '../events/security-event.service.js';
import type { FoldedFinding } from '../events/security-finding.js';
import { SecurityEventsModule } from '../events/security-events.module.js';
import { NotificationService, PAUSES_MS } from './notification.service.js';
import { NotificationsModule } from './notifications.module.js';

const server = process.env.TEST_DATABASE_URL;

const aFinding = (more: Partial<FoldedFinding> = {}): FoldedFinding => ({
  rule: 'refresh-reuse',
  severity: 'high',
  subject: { type: 'account', id: randomUUID() },
  evidence: { tokens: 1 },
  count: 1,
  firstSeenAt: new Date(),
  lastSeenAt: new Date(),
  ...more,
});

describe.each([
  { name: 'SQLite', databaseUrl: '' },
  ...(server ? [{ name: 'PostgreSQL', databaseUrl: server }] : []),
])('security events and their notifications on $name', ({ databaseUrl }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'events-'));
  let module: TestingModule;
  let events: SecurityEventService;
  let notifications: NotificationService;
  let sql: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', databaseUrl)
      .stubEnv('DATA_DIR', dataDir)
      .stubEnv('ALERT_WEBHOOK_URL', 'https://alerts.example.org/hook')
      .stubEnv('ALERT_WEBHOOK_SECRET', 'a secret of a test, long enough')
      .stubEnv('ALERT_MAIL_TO', 'operators@example.org');
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot(), NotificationsModule, SecurityEventsModule],
    }).compile();
    await module.init();
    events = module.get(SecurityEventService);
    notifications = module.get(NotificationService);
    sql = module.get(EntityManager).fork() as SqlEntityManager;
    for (const level of ['warn', 'error'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
    }
  });
  beforeEach(async () => {
    await sql.execute('delete from security_events');
  });
  afterAll(async () => {
    await sql.execute('delete from security_events');
    await module.close();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const report = (finding: FoldedFinding) =>
    events.report(finding, (event, em) => notifications.plan(em, event));
  const all = async () => (await notifications.list(undefined, 100)).notifications;

  const planned = async () => {
    const [{ count }] = await sql.execute<[{ count: number | string }]>(
      'select count(*) as count from security_notifications',
    );
    return Number(count);
  };

  it('fold what many instances find at once, and tell it once on each way', async () => {
    const finding = aFinding({ count: 2 });
    const raised = await Promise.all(Array.from({ length: 10 }, () => report(finding)));
    expect(new Set(raised.map(({ event }) => event.id)).size).toBe(1);
    expect(raised.filter(({ isNews }) => isNews)).toHaveLength(1);
    const { events: listed } = await events.list({ accountId: finding.subject.id }, 10);
    expect(listed).toMatchObject([{ count: 20, severity: 'high', evidence: { tokens: 1 } }]);
    expect((await all()).map(({ channel }) => channel).toSorted()).toEqual(['mail', 'webhook']);
  });

  it('are told again where they get worse, and not where they are not bad enough', async () => {
    const finding = aFinding({ severity: 'medium' });
    await report(finding);
    expect(await all()).toEqual([]);
    expect((await report({ ...finding, severity: 'critical' })).isNews).toBe(true);
    expect((await report(finding)).isNews).toBe(false);
    const { events: listed } = await events.list({ severity: 'critical' }, 10);
    expect(listed).toMatchObject([{ count: 3, severity: 'critical' }]);
    expect(await all()).toHaveLength(2);
  });

  it('are new after an hour without a finding', async () => {
    const finding = aFinding();
    await report({ ...finding, lastSeenAt: new Date(Date.now() - 3_700_000) });
    expect((await report(finding)).isNews).toBe(true);
    const { events: page, nextCursor } = await events.list({}, 1);
    expect(page).toHaveLength(1);
    const rest = await events.list({}, 1, nextCursor!);
    expect([rest.events.length, rest.nextCursor]).toEqual([1, null]);
  });

  it('are leased to one instance each', async () => {
    await Promise.all(Array.from({ length: 5 }, () => report(aFinding())));
    const leases = await Promise.all(
      Array.from({ length: 6 }, () => notifications.lease('webhook', 4)),
    );
    const ids = leases.flat().map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size);
    const rest = await Promise.all([1, 2, 3].map(() => notifications.lease('webhook', 10)));
    expect([...ids, ...rest.flat().map(({ id }) => id)]).toHaveLength(5);
    await notifications.release(leases.flat()[0]!);
    expect(await notifications.lease('webhook', 4)).toHaveLength(1);
    expect(await notifications.lease('mail', 10)).toHaveLength(5);
  });

  it('are leased by severity, so that many do not hold up the worst', async () => {
    for (let n = 0; n < 3; n += 1) await report(aFinding());
    const { event } = await report(aFinding({ severity: 'critical' }));
    const [first] = await notifications.lease('webhook', 1);
    expect(first!.eventId).toBe(event.id);
  });

  it('are given up after the last pause, and can be sent again', async () => {
    await report(aFinding());
    await sql.execute(`delete from security_notifications where channel = 'mail'`);
    for (let attempt = 0; attempt <= PAUSES_MS.length; attempt += 1) {
      const [leased] = await notifications.lease('webhook', 4);
      await notifications.failed(leased!, 'timeout');
      expect(await notifications.lease('webhook', 4)).toEqual([]);
      await sql.execute('update security_notifications set due_at = ?', [new Date(0)]);
    }
    const [dead] = await all();
    expect(dead).toMatchObject({ state: 'dead', attempts: 8, reason: 'timeout' });
    await notifications.retry(dead!.id);
    const [leased] = await notifications.lease('webhook', 4);
    await notifications.sent(leased!);
    expect(await all()).toMatchObject([{ state: 'sent', reason: null }]);
    await expect(notifications.retry(dead!.id)).rejects.toMatchObject({
      code: 'notification_not_found',
    });
  });

  it('are a hundred an hour at most on each way, but for critical ones', async () => {
    for (let n = 0; n < 101; n += 1) await report(aFinding());
    expect(await planned()).toBe(200);
    await report(aFinding({ severity: 'critical' }));
    expect(await planned()).toBe(202);
  });

  it('are acknowledged, with a record, only where there is one', async () => {
    const record = vi.fn<RecordAudit>(() => Promise.resolve());
    await expect(events.acknowledge(randomUUID(), undefined, record)).rejects.toMatchObject({
      code: 'security_event_not_found',
    });
    expect(record).not.toHaveBeenCalled();
    const { event } = await report(aFinding());
    const { acknowledgedAt } = await events.acknowledge(event.id, undefined, record);
    expect(acknowledgedAt).not.toBeNull();
    expect(record).toHaveBeenCalledExactlyOnceWith(event.id, expect.anything());
  });

  it('are kept without the person when the account is erased', async () => {
    const finding = aFinding();
    const { event } = await report(finding);
    const operator = randomUUID();
    await events.acknowledge(event.id, operator);
    await report(finding);
    const source = module.get(SecurityEventDataSource);
    expect(await source.owners()).toEqual([finding.subject.id]);
    expect(await source.exportOf(finding.subject.id)).toHaveLength(2);
    await source.erase(finding.subject.id);
    await source.erase(operator);
    const rows = JSON.stringify(await sql.execute('select * from security_events'));
    expect(rows).not.toContain(finding.subject.id);
    expect(rows).not.toContain(operator);
    expect(await events.get(event.id)).toMatchObject({ rule: 'refresh-reuse', accountId: null });
  });

  it('let one instance block an address', async () => {
    const { event } = await report(aFinding({ subject: { type: 'address', id: '203.0.113.7' } }));
    const until = new Date(Date.now() + 3_600_000);
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => events.claimContainment(event.id, until)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });
});
