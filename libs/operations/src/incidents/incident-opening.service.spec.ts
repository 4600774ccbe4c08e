import type { AccountDirectoryService } from '@app/auth';
import type { AuditTrail } from '@app/logging';
import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecurityEventService } from '../events/security-event.service.js';
import type { SecurityEventView } from '../events/security-event.view.js';
import { Incident } from './incident.entity.js';
import { IncidentAccount } from './incident-account.entity.js';
import { IncidentAction } from './incident-action.entity.js';
import { IncidentEntry } from './incident-entry.entity.js';
import { IncidentEvent } from './incident-event.entity.js';
import { IncidentItem } from './incident-item.entity.js';
import { IncidentJournalService } from './incident-journal.service.js';
import { IncidentEventService } from './incident-event.service.js';
import { IncidentOpeningService } from './incident-opening.service.js';

const server = process.env.TEST_DATABASE_URL;
const TABLES = ['entries', 'accounts', 'events', 'items', 'actions'];

describe.each([
  { name: 'SQLite', databaseUrl: '' },
  ...(server ? [{ name: 'PostgreSQL', databaseUrl: server }] : []),
])('an incident that a rule opens, on $name', ({ databaseUrl }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'incidents-'));
  const accounts = new Set<string>();
  const recordIn = vi.fn<() => Promise<void>>(() => Promise.resolve());
  let module: TestingModule;
  const found = new Map<string, SecurityEventView>();
  let opening: IncidentOpeningService;
  let evidence: IncidentEventService;
  let sql: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', databaseUrl).stubEnv('DATA_DIR', dataDir);
    const entities = [
      Incident,
      IncidentAccount,
      IncidentAction,
      IncidentEntry,
      IncidentEvent,
      IncidentItem,
    ];
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot(), MikroOrmModule.forFeature(entities)],
    }).compile();
    await module.init();
    const em = module.get(EntityManager);
    sql = em.fork() as SqlEntityManager;
    const namesOf = (ids: readonly string[]) =>
      Promise.resolve(new Map(ids.filter((id) => accounts.has(id)).map((id) => [id, 'ada'])));
    const directory = { namesOf } as unknown as AccountDirectoryService;
    const journal = new IncidentJournalService(em, directory);
    const getAll = (ids: readonly string[]) =>
      Promise.resolve(ids.map((id) => found.get(id)!)) as Promise<SecurityEventView[]>;
    const events = { getAll } as unknown as SecurityEventService;
    evidence = new IncidentEventService(em, journal, events, directory);
    const trail = { recordIn } as unknown as AuditTrail;
    opening = new IncidentOpeningService(em, journal, events, evidence, trail);
  });
  afterEach(async () => {
    for (const table of TABLES) await sql.execute(`delete from incident_${table}`);
    await sql.execute('delete from incidents');
    recordIn.mockClear();
  });
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const anEvent = (more: Partial<SecurityEventView> = {}): SecurityEventView => ({
    id: randomUUID(),
    rule: 'refresh-reuse',
    severity: 'high',
    subjectType: 'service',
    accountId: null,
    address: null,
    object: null,
    evidence: { tokens: 1 },
    count: 1,
    firstSeenAt: new Date().toISOString(),
    lastSeenAt: new Date().toISOString(),
    instance: 'a',
    containment: null,
    containedUntil: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    ...more,
  });
  const ofAccount = (accountId: string, rule = 'refresh-reuse') =>
    anEvent({ rule, subjectType: 'account', accountId });
  const rows = (table: string) => sql.execute<Record<string, unknown>[]>(`select * from ${table}`);

  it('is one for all events of a rule about one subject, and another one for another subject', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    accounts.add(ada).add(bob);
    const outcomes = [];
    for (let n = 0; n < 30; n += 1) outcomes.push(await opening.openFor(ofAccount(ada)));
    expect(outcomes).toEqual(['opened', ...Array<string>(29).fill('joined')]);
    expect(await opening.openFor(ofAccount(bob))).toBe('opened');
    expect(await opening.openFor(ofAccount(ada, 'new-device'))).toBe('opened');
    const incidents = await rows('incidents');
    expect(incidents.map(({ kind }) => kind)).toEqual(Array(3).fill('account_takeover'));
    expect(await rows('incident_events')).toHaveLength(32);
    const entries = (await rows('incident_entries')).filter(({ kind }) => kind === 'event');
    expect(entries).toHaveLength(32);
    const listed = (await rows('incident_accounts')).map(({ account_id, source }) => [
      account_id,
      source,
    ]);
    expect(new Set(listed.map(String))).toEqual(new Set([`${ada},event`, `${bob},event`]));
    expect(recordIn).toHaveBeenCalledTimes(3);
  });

  it('is one for an event that two instances tell of at once, and for what they tell again', async () => {
    const event = anEvent();
    const outcomes = await Promise.all([opening.openFor(event), opening.openFor(event)]);
    expect(outcomes.toSorted()).toEqual(['opened', 'there']);
    expect(await opening.openFor(anEvent({ id: event.id, count: 7 }))).toBe('there');
    expect(await rows('incidents')).toHaveLength(1);
  });

  it('is another one when the former is closed', async () => {
    const event = anEvent();
    await opening.openFor(event);
    await sql.execute('update incidents set closed_at = opened_at');
    expect(await opening.openFor(event)).toBe('there');
    expect(await opening.openFor(anEvent())).toBe('opened');
  });

  it('joins the one that an operator has opened about the same rule and subject', async () => {
    const ada = randomUUID();
    accounts.add(ada);
    const first = ofAccount(ada);
    found.set(first.id, first);
    const operator = { accountId: null, ip: '', requestId: '' };
    expect(await evidence.joinOpen(first)).toBe('none');
    const { id } = await opening.open({ eventIds: [first.id] }, operator);
    const [second, other] = [ofAccount(ada), ofAccount(ada, 'new-device')];
    expect(await evidence.joinOpen(second)).toBe('joined');
    expect(await evidence.joinOpen(second)).toBe('there');
    expect(await evidence.joinOpen(other)).toBe('none');
    expect((await rows('incident_events')).map((row) => [row.event_id, row.incident_id])).toEqual(
      expect.arrayContaining([
        [first.id, id],
        [second.id, id],
      ]),
    );
    await sql.execute('update incidents set closed_at = opened_at');
    expect(await evidence.joinOpen(ofAccount(ada))).toBe('none');
  });

  it('names no account that is gone', async () => {
    await opening.openFor(anEvent({ subjectType: 'account', accountId: randomUUID() }));
    expect(await rows('incident_accounts')).toEqual([]);
    expect(await rows('incident_events')).toMatchObject([{ account_id: null, evidence: '{}' }]);
  });
});
