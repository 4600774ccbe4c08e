import { isEmbeddedDatabase, PersistenceModule } from '@app/persistence';
import { onSignals, type SecuritySignal } from '@app/signals';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from 'nestjs-pino';
import pg from 'pg';
import { v7 } from 'uuid';
import { AuditTrail } from '../audit/audit-trail.js';
import { contentDigest, linkDigest, personalDigest } from '../audit/record-digest.js';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { AuditDataSource } from '../audit-erasure/audit-data.source.js';
import { AuditExportService } from '../audit-export/audit-export.service.js';
import { LoggingModule } from '../logging.module.js';
import { type AuditCheckpoint, checkpointsIn } from './audit-checkpoint.js';
import type { ChainFault } from './chain-fault.js';
import { type ChainSummary, ChainVerifier } from './chain-verifier.js';
import { CheckpointService } from './checkpoint.service.js';
import { RetentionService } from './retention.service.js';
import { recordColumns, recordOf, type RecordRow } from './record-columns.js';
import { SealService } from './seal.service.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const server = process.env.TEST_DATABASE_URL;
const databases: { on: string; url?: string }[] = [
  { on: 'an embedded database' },
  ...(server ? [{ on: 'PostgreSQL', url: server }] : []),
];

/** A trail that is read in twenty parts or more. */
const LONG_TRAIL = 5_000;

const PEPPER = randomBytes(48).toString('base64url');

/** A process that writes, seals and verifies. */
interface Instance {
  readonly module: TestingModule;
  readonly em: SqlEntityManager;
  readonly trail: AuditTrail;
  readonly seals: SealService;
  readonly checkpoints: CheckpointService;
}

describe.each(databases)('the audit chain on $on', ({ url }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'audit-chain-'));
  const databasesMade: string[] = [];
  let instances: Instance[];
  let first: Instance;
  let storage: string;
  let storedAt: string;

  beforeEach(async () => {
    instances = [];
    storage = join(dataDir, randomUUID());
    let database = '';
    if (url) {
      const name = `audit_${randomUUID().replaceAll('-', '')}`;
      await onServer(url, `create database ${name}`);
      databasesMade.push(name);
      database = new URL(`/${name}`, url).href;
    }
    storedAt = database;
    vi.stubEnv('DATABASE_URL', database).stubEnv('PASSWORD_PEPPER', PEPPER);
    first = await anInstance();
  });
  afterEach(async () => {
    for (const { module } of instances) await module.close();
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    for (const name of databasesMade) await onServer(url!, `drop database ${name} with (force)`);
    rmSync(dataDir, { recursive: true });
  });

  async function anInstance(): Promise<Instance> {
    vi.stubEnv('DATA_DIR', storage);
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        await PersistenceModule.forRoot(),
        LoggingModule.forRoot({ destination: { write: () => undefined } }),
      ],
    }).compile();
    module.useLogger(module.get(Logger));
    await module.init();
    const instance = {
      module,
      em: module.get(EntityManager).fork() as SqlEntityManager,
      trail: module.get(AuditTrail),
      seals: module.get(SealService),
      checkpoints: module.get(CheckpointService),
    };
    instances.push(instance);
    return instance;
  }

  const entry = (action = 'session.opened', actorId = v7()) => {
    return { actorId, action, outcome: 'succeeded', ip: '203.0.113.7', requestId: randomUUID() };
  };

  async function written(count: number, by = first): Promise<void> {
    for (let n = 0; n < count; n += 1) await by.trail.record(entry());
    await by.seals.sealAll();
  }

  async function verified(
    outside: AuditCheckpoint[] = [],
    part: 'all' | 'newest' = 'all',
    by = first,
  ): Promise<{ faults: ChainFault[]; summary: ChainSummary }> {
    const faults: ChainFault[] = [];
    const summary = await by.module
      .get(ChainVerifier)
      .verify({ part, outside }, (fault) => void faults.push(fault));
    return { faults, summary };
  }

  const kinds = async (...args: Parameters<typeof verified>) =>
    (await verified(...args)).faults.map(({ kind, sequence }) => [kind, sequence]);
  const sql = (text: string, values: unknown[] = []) => first.em.execute(text, values, 'run');
  const idAt = async (sequence: number) =>
    (
      await first.em.execute<{ record_id: string }[]>(
        'select record_id from audit_seals where sequence = ?',
        [sequence],
      )
    )[0]!.record_id;

  it('has every record in its place, and nothing to say against it', async () => {
    await written(300);
    const { faults, summary } = await verified();
    expect([faults, summary]).toEqual([
      [],
      { records: 300, sequence: 300, waiting: 0, checkpoint: undefined },
    ]);
    await first.trail.record(entry());
    expect((await verified()).summary.waiting).toBe(1);
  });

  it('names a record that was changed, in any field', async () => {
    await written(12);
    const changes = [
      `action = 'session.closed'`,
      `outcome = 'invalid_credentials'`,
      `actor_id = '${v7()}'`,
      `ip = '198.51.100.1'`,
      `request_id = ''`,
      `object_id = 'x'`,
      `object_type = 'account'`,
      `occurred_at = ${isEmbeddedDatabase(first.em) ? '1' : 'now()'}`,
    ];
    for (const [index, change] of changes.entries()) {
      await sql(`update audit_records set ${change} where id = ?`, [await idAt(index + 2)]);
    }
    expect(await kinds()).toEqual(changes.map((_, index) => ['changed', index + 2]));
  });

  it('names a record that was removed, with its seal or without', async () => {
    await written(9);
    const [third, sixth] = [await idAt(3), await idAt(6)];
    await sql('delete from audit_records where id in (?, ?)', [third, sixth]);
    await sql('delete from audit_seals where record_id = ?', [sixth]);
    expect(await kinds()).toEqual([
      ['removed', 3],
      ['removed', 6],
    ]);
  });

  it('names a record that was removed before it had a seal', async () => {
    await written(2);
    await first.trail.record(entry('user.switched_off'));
    await sql(`delete from audit_records where action = 'user.switched_off'`);
    expect(await kinds()).toEqual([['removed', undefined]]);
  });

  it('names a record of other hands, and never gives it a seal', async () => {
    await written(3);
    const columns = 'id, occurred_at, action, outcome, ip, request_id';
    const now = isEmbeddedDatabase(first.em) ? String(Date.now()) : 'now()';
    const insert = (id: string) =>
      sql(
        `insert into audit_records (${columns}) values ('${id}', ${now}, 'x.y', 'succeeded', '', '')`,
      );
    const ids = [v7(), v7()];
    const heard: SecuritySignal[] = [];
    const end = onSignals((signal) => heard.push(signal));
    for (const id of ids) await insert(id);
    await sql('delete from audit_pending where record_id = ?', [ids[1]]);
    await written(30);
    const { faults, summary } = await verified();
    expect(faults).toMatchObject(ids.map((recordId) => ({ kind: 'inserted', recordId })));
    expect(summary.records).toBe(33);
    end();
    expect(heard).toMatchObject([{ type: 'audit.chain_broken', position: ids[0] }]);
  });

  it('names records of other hands anywhere in a long trail', async () => {
    const isFile = isEmbeddedDatabase(first.em);
    const now = isFile ? String(Date.now()) : 'now()';
    const mac = isFile ? `x'00'` : `'\\x00'::bytea`;
    const id = (n: number) => `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
    const insert = async (ids: readonly string[], by: string) => {
      const rows = ids.map((of) => `('${of}', ${now}, 'x.y', 'succeeded', '', '', ${by})`);
      await sql(
        `insert into audit_records (id, occurred_at, action, outcome, ip, request_id, mac) values ${rows.join(', ')}`,
      );
      await sql('delete from audit_pending');
    };
    const own = Array.from({ length: 10_200 }, (_, n) => id(2 * n + 1));
    for (let from = 0; from < own.length; from += 1_000) {
      await insert(own.slice(from, from + 1_000), 'null');
    }
    await first.seals.sealAll();
    const others = [0, 9_998, 10_000, 20_398, 30_000].map(id);
    await insert(others, mac);
    const { faults, summary } = await verified();
    expect(faults.map(({ kind, recordId }) => [kind, recordId])).toEqual(
      others.map((other) => ['inserted', other]),
    );
    expect([summary.records, summary.waiting]).toEqual([own.length, 0]);
  });

  it('seals what waits and ends, though records are written all the time', async () => {
    await first.trail.record(entry());
    let isSealed = false;
    const sealed = first.seals.sealAll().then(() => (isSealed = true));
    let count = 0;
    for (; !isSealed && count < 2_000; count += 1) await first.trail.record(entry());
    await sealed;
    expect(count).toBeLessThan(2_000);
  });

  it('goes on past a record that is made to wait for a second seal, and names it', async () => {
    await written(3);
    const second = await idAt(2);
    await sql('insert into audit_pending (record_id) values (?)', [second]);
    await written(2);
    const { faults, summary } = await verified();
    expect(faults).toMatchObject([{ kind: 'inserted', recordId: second }]);
    expect([summary.records, summary.waiting]).toEqual([5, 0]);
  });

  it('erases no one while records wait for their seals', async () => {
    const ada = v7();
    await first.trail.record(entry('x.y', ada));
    vi.spyOn(first.seals, 'settle').mockResolvedValueOnce(false);
    const erasure = () => first.module.get(AuditDataSource).erase(ada, randomUUID());
    await expect(erasure()).rejects.toThrow('wait for their seals');
    await erasure();
  });

  it('names a record that was changed before it had a seal', async () => {
    await first.trail.record(entry('user.switched_off'));
    await sql(`update audit_records set ip = '198.51.100.1'`);
    await written(2);
    expect(await kinds()).toEqual([['inserted', undefined]]);
  });

  it('names records that have changed places', async () => {
    await written(9);
    await swapped(3, 7);
    const found = await kinds();
    expect(found).toContainEqual(['moved', 3]);
    expect(found).toContainEqual(['moved', 7]);
  });

  it('names the end that was cut, by what was kept outside', async () => {
    await written(5);
    const signed = await first.checkpoints.make(0);
    await written(5);
    const later = (await first.checkpoints.make(0))!;
    await sql(
      'delete from audit_records where id in (select record_id from audit_seals where sequence > 5)',
    );
    await sql('delete from audit_seals where sequence > 5');
    expect(await kinds()).toEqual([['cut', 6]]);
    await sql('delete from audit_checkpoints where number > 1');
    expect(await kinds()).toEqual([]);
    expect(await kinds([signed!])).toEqual([]);
    expect(await kinds([later])).toEqual([['cut', 6]]);
    expect(await kinds([later], 'newest')).toEqual([['cut', 6]]);
  });

  it('names a chain that was made anew with all its digests', async () => {
    await written(6);
    const signed = (await first.checkpoints.make(0))!;
    await written(3);
    await madeAnew(4);
    expect((await kinds())[0]).toEqual(['forged', 4]);
    await sql('delete from audit_checkpoints where number > 0');
    expect((await kinds()).slice(0, 2)).toEqual([
      ['forged', 4],
      ['forged', 5],
    ]);
    expect(await kinds([signed])).toContainEqual(['forged', 6]);
  });

  it('believes no checkpoint of another key', async () => {
    await written(3);
    vi.stubEnv('PASSWORD_PEPPER', randomBytes(48).toString('base64url'));
    const other = await anInstance();
    const forged = (await other.checkpoints.make(0))!;
    vi.stubEnv('PASSWORD_PEPPER', PEPPER);
    expect(await kinds()).toEqual([['checkpoint', undefined]]);
    expect(await kinds([forged])).toHaveLength(2);
    await sql('delete from audit_checkpoints where number = 0');
    expect(await kinds()).toHaveLength(2);
  });

  it('is proven without what tells of a person who was erased', async () => {
    const [ada, bob, pseudonym] = [v7(), v7(), randomUUID()];
    const base = { action: 'user.read', objectType: 'account', outcome: 'succeeded' };
    for (let n = 0; n < 210; n += 1) await first.trail.record(entry('message.sent', ada));
    const [byBob, ip] = [{ actorId: bob, requestId: 'r' }, '192.0.2.1'];
    await first.trail.record({ ...base, ...byBob, ip, objectId: ada });
    await first.trail.record({ ...base, actorId: ada, objectId: bob, ip: '', requestId: 'q' });
    const erased = first.module.get(AuditDataSource);
    await erased.erase(ada, pseudonym);
    await first.seals.sealAll();
    expect(await kinds()).toEqual([]);
    const rows = JSON.stringify(await first.em.execute('select * from audit_records'));
    expect([rows.includes(ada), rows.includes(bob), rows.includes(ip)]).toEqual([
      false,
      true,
      true,
    ]);

    // The one who is left can be proven, until it is their turn.
    const where = `where actor_id = '${bob}'`;
    await sql(`update audit_records set ip = '192.0.2.2' ${where}`);
    expect((await kinds()).map(([kind]) => kind)).toEqual(['changed']);
    await sql(`update audit_records set ip = '${ip}' ${where}`);
    await erased.erase(bob, randomUUID());
    await first.seals.sealAll();
    expect(await kinds()).toEqual([]);
    const left = JSON.stringify([
      await first.em.execute('select * from audit_records'),
      await first.em.execute('select * from audit_redactions'),
    ]);
    expect([left.includes(bob), left.includes(ip)]).toEqual([false, false]);
  });

  it('names a record that was made to look redacted', async () => {
    await written(4);
    await first.module.get(AuditDataSource).erase(v7(), randomUUID());
    const [second, salt] = [await idAt(2), randomBytes(16)];
    await sql(`update audit_records set actor_id = null, ip = '' where id = ?`, [second]);
    await sql('update audit_seals set salt = null where record_id = ?', [second]);
    expect(await kinds()).toEqual([['changed', 2]]);
    // With a proof of its own, in the name of a record that there is: it would have to say so.
    const [row] = await rowsAt(2);
    const digest = personalDigest(salt, recordOf(row!));
    const person = v7();
    await first.trail.record(entry('message.sent', person));
    await first.module.get(AuditDataSource).erase(person, randomUUID());
    await first.seals.sealAll();
    const [redaction] = await first.em.execute<{ redaction_id: string }[]>(
      'select redaction_id from audit_redactions limit 1',
    );
    await sql(
      'insert into audit_redactions (redaction_id, record_id, salt, digest) values (?, ?, ?, ?)',
      [redaction!.redaction_id, second, salt, digest],
    );
    expect((await kinds()).map(([kind]) => kind)).toEqual(['redaction']);
  });

  it('has each record once when two instances seal at once', async () => {
    const second = await anInstance();
    await Promise.all([
      ...[first, second].map(async ({ trail }) => {
        for (let n = 0; n < 150; n += 1) await trail.record(entry());
      }),
      ...[first, second].map(async ({ seals }) => {
        for (let n = 0; n < 40; n += 1) await seals.sealAll();
      }),
    ]);
    while (!(await first.seals.sealAll()));
    expect((await verified()).summary.records).toBe(300);
    expect(await kinds()).toEqual([]);
  });

  it('takes records of an earlier release first, as they are', async () => {
    await sql('delete from audit_pending');
    const now = isEmbeddedDatabase(first.em) ? String(Date.now()) : 'now()';
    for (let n = 0; n < 300; n += 1) {
      await sql(
        `insert into audit_records (id, occurred_at, action, outcome, ip, request_id)
         values ('${v7()}', ${now}, 'x.y', 'succeeded', '192.0.2.7', 'r')`,
      );
    }
    await sql('delete from audit_pending');
    await first.trail.record(entry());
    await first.seals.sealAll();
    const { faults, summary } = await verified();
    expect([faults, summary.records]).toEqual([[], 301]);
    await sql(`update audit_records set ip = '192.0.2.8' where id = ?`, [await idAt(5)]);
    expect(await kinds()).toEqual([['changed', 5]]);
  });

  it('is proven without the segments whose time is over, which go as a whole', async () => {
    const retention = new RetentionService(
      first.em,
      first.trail,
      first.module.get(AuditKeysService),
      first.seals,
    );
    await written(520);
    const signed = (await first.checkpoints.make(0))!;
    await written(5);
    await retention.removeBefore(signed.madeAt);
    expect((await verified()).summary.records).toBe(525);
    const after = Date.now() + 1;
    await retention.removeBefore(after);
    const { faults, summary } = await verified([signed]);
    expect([faults, summary.records, summary.sequence]).toEqual([[], 6, 526]);
    const [left] = await first.em.execute<{ n: number }[]>(
      'select count(*) as n from audit_records',
    );
    expect(Number(left!.n)).toBe(6);
    await sql('delete from audit_records where id = ?', [await idAt(521)]);
    await sql('delete from audit_seals where sequence = 521');
    expect(await kinds()).toEqual([['removed', 521]]);
  });

  it('has checkpoints that are found in any text', async () => {
    await written(3);
    const made = (await first.checkpoints.make(0))!;
    const line = `{"checkpoint":"${made.token}"}`;
    expect(checkpointsIn(`x ${line} y`)).toEqual([made]);
    expect(await kinds(checkpointsIn(line))).toEqual([]);
    expect((await verified()).summary.checkpoint).toEqual(made);
  });

  describe.runIf(url)('of many records', () => {
    const actor = v7();

    /** Stores records of an earlier release, a fifth of them by one person. */
    const store = (first: number, last: number, isWaiting: boolean) =>
      onServer(
        storedAt,
        `alter table audit_records ${isWaiting ? 'enable' : 'disable'} trigger user;
         insert into audit_records (id, occurred_at, actor_id, action, outcome, ip, request_id)
           select format('019a0000-0000-7000-8000-%s', lpad(to_hex(n), 12, '0'))::uuid, now(),
             case when n % 5 = 0 then '${actor}'::uuid end, 'x.y', 'succeeded', '', 'r'
           from generate_series(${first}, ${last}) n;
         alter table audit_records enable trigger user;
         analyze audit_records, audit_pending`,
      );

    /** By another process: only one that starts looks for records of earlier releases. */
    async function sealed(): Promise<void> {
      const { seals } = await anInstance();
      while (!(await seals.sealAll()));
      await onServer(storedAt, 'analyze audit_seals');
    }

    /** How many entries of each index were read. PostgreSQL has counted all when the connections are closed. */
    async function reads(): Promise<Record<string, number>> {
      for (const { module } of instances.splice(0)) await module.close();
      const rows = (await rowsOf(
        storedAt,
        'select indexrelname as name, idx_tup_read as reads from pg_stat_user_indexes',
      )) as { name: string; reads: string }[];
      return Object.fromEntries(rows.map((row) => [row.name, Number(row.reads)]));
    }

    it('is read once, and not from its beginning for each part', async () => {
      for (const last of [LONG_TRAIL / 2, LONG_TRAIL]) {
        await store(last - LONG_TRAIL / 2 + 1, last, false);
        await sealed();
      }
      for await (const lines of first.module.get(AuditExportService).lines('jsonl', {})) {
        expect(lines).not.toBe('');
      }
      expect(await kinds()).toEqual([]);
      await first.module.get(AuditDataSource).erase(actor, randomUUID());
      const { audit_seals_pkey: inOrder, audit_seals_record_id_key: byRecord } = await reads();
      expect(Math.max(inOrder!, byRecord!)).toBeLessThan(2 * LONG_TRAIL);
    });

    it('is not read from its beginning for each part of what waits', async () => {
      await store(1, LONG_TRAIL, false);
      await sealed();
      await store(LONG_TRAIL + 1, 2 * LONG_TRAIL, true);
      await sealed();
      const { audit_records_pkey: records, audit_seals_record_id_key: seals } = await reads();
      expect(records).toBeLessThan(5 * LONG_TRAIL);
      expect(seals).toBeLessThan(2 * LONG_TRAIL);
    });
  });

  async function rowsAt(sequence: number): Promise<RecordRow[]> {
    return first.em.execute<RecordRow[]>(
      `select ${recordColumns(first.em)} from audit_records r
       join audit_seals s on s.record_id = r.id where s.sequence = ?`,
      [sequence],
    );
  }

  async function swapped(one: number, other: number): Promise<void> {
    await sql('update audit_seals set sequence = -1 where sequence = ?', [one]);
    await sql('update audit_seals set sequence = ? where sequence = ?', [one, other]);
    await sql('update audit_seals set sequence = ? where sequence = -1', [other]);
  }

  /** As one would do it who has the database and the program, and not the key. */
  async function madeAnew(from: number): Promise<void> {
    const [before] = await first.em.execute<{ hash: Buffer }[]>(
      'select hash from audit_seals where sequence = ?',
      [from - 1],
    );
    let previous: Buffer = Buffer.from(before!.hash);
    for (let sequence = from; ; sequence += 1) {
      const [row] = await rowsAt(sequence);
      if (!row) return;
      const record = { ...recordOf(row), outcome: 'forged' };
      const salt = randomBytes(16);
      const personal = personalDigest(salt, record);
      const content = contentDigest(record, personal);
      previous = linkDigest(previous, sequence, content);
      await sql(`update audit_records set outcome = 'forged' where id = ?`, [record.id]);
      await sql(
        'update audit_seals set salt = ?, personal = ?, content = ?, hash = ? where sequence = ?',
        [salt, personal, content, previous, sequence],
      );
    }
  }
});

async function onServer(url: string, text: string): Promise<void> {
  await rowsOf(url, text);
}

async function rowsOf(url: string, text: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}
