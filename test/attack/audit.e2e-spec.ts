import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { aUser, call, type Tokens, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aTotpUser } from './auth/second-factor-user.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const SOON = { timeout: 60_000, interval: 250 };

interface Verified {
  readonly isWell: boolean;
  readonly records: number;
  readonly waiting: number;
  readonly faults: readonly { kind: string; recordId?: string; text: string }[];
}

interface AuditPage {
  readonly records: readonly {
    readonly id: string;
    readonly occurredAt: string;
    readonly actorId: string | null;
    readonly action: string;
    readonly objectId: string | null;
    readonly ip: string;
  }[];
  readonly nextCursor: string | null;
}

describe('the audit trail of a gateway', () => {
  let environment: Record<string, string>;
  let gateway: Gateway;
  let user: User;

  beforeAll(async () => {
    environment = { ...(await freshStorage()), AUDIT_CHECKPOINT_INTERVAL: '1s' };
    gateway = await startGateway({ environment });
    user = await aUser(gateway);
  });

  async function verified(...words: string[]): Promise<{ code: number | null; data: Verified }> {
    const { code, stdout, stderr } = await runCommand(
      gateway,
      'audit',
      'verify',
      '--json',
      ...words,
    );
    if (stdout === '') throw new Error(stderr);
    return { code, data: JSON.parse(stdout) as Verified };
  }

  const count = async (rows: string) =>
    Number((await query(gateway, `select count(*) as n from ${rows}`))[0]!.n);
  const untilSealed = () => expect.poll(() => count('audit_pending'), SOON).toBe(0);

  it('has every record of an answered call after kill -9, in the chain', async () => {
    const ids: string[] = [];
    const calls = Array.from({ length: 40 }, async (_, n) => {
      const { headers, status } = await call(gateway, '/api/auth/login', {
        body: { username: `${user.username}-${n}`, password: 'a wrong one' },
      });
      expect(status).toBe(401);
      ids.push(headers.get('x-request-id')!);
      if (ids.length === 20) await gateway.kill();
    });
    await Promise.allSettled(calls);
    gateway = await startGateway({ environment });
    const list = ids.map((id) => `'${id}'`).join(', ');
    expect(ids.length).toBeGreaterThanOrEqual(20);
    expect(await count(`audit_records where request_id in (${list})`)).toBe(ids.length);
    await untilSealed();
    const { code, data } = await verified();
    expect([code, data.isWell, data.faults]).toEqual([0, true, []]);
    expect(data.records).toBe(await count('audit_records'));
  });

  it('is not proven any more once it was changed, and the command says where', async () => {
    const [record] = await query(
      gateway,
      `select id from audit_records where outcome = 'invalid_credentials' limit 1`,
    );
    const id = record!.id as string;
    await query(gateway, `update audit_records set outcome = 'succeeded' where id = '${id}'`);
    const { code, stdout } = await runCommand(gateway, 'audit', 'verify');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`Record ${id} (`)]);
    await query(
      gateway,
      `update audit_records set outcome = 'invalid_credentials' where id = '${id}'`,
    );
    expect((await verified()).code).toBe(0);
  });

  it('raises an alarm for a record of other hands', async () => {
    const id = v7();
    const now = environment.DATABASE_URL ? 'now()' : String(Date.now());
    await query(
      gateway,
      `insert into audit_records (id, occurred_at, action, outcome, ip, request_id)
       values ('${id}', ${now}, 'user.role_set.admin', 'succeeded', '', '')`,
    );
    await expect.poll(() => gateway.log(), SOON).toContain('audit.chain_broken');
    const { code, data } = await verified();
    expect([code, data.faults.map(({ recordId }) => recordId)]).toEqual([1, [id]]);
    // An incident is open before an operator has seen it.
    const incidents = () =>
      query(gateway, `select id, kind from incidents where closed_at is null`);
    await expect.poll(incidents, SOON).toMatchObject([{ kind: 'tampering' }]);
    const [incident] = await incidents();
    const [opened] = await query(
      gateway,
      `select action, outcome, actor_id from audit_records where object_id = '${incident!.id as string}'`,
    );
    expect(opened).toEqual({ action: 'incident.opened', outcome: 'succeeded', actor_id: null });
    for (const [table, column] of [
      ['audit_records', 'id'],
      ['audit_pending', 'record_id'],
    ]) {
      await query(gateway, `delete from ${table} where ${column} = '${id}'`);
    }
    expect((await verified()).code).toBe(0);
  });

  it('is passed on by command and by API, which is recorded', async () => {
    const admin = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'auditor' where id = '${admin.userId}'`);
    const get = (path: string, token = admin.token) => call(gateway, path, { token });
    await expect.poll(async () => (await get('/api/admin/audit')).status, SOON).toBe(200);
    const lines = (text: string) => text.trim().split('\n');
    const byApi = await get('/api/admin/audit/export?format=ocsf');
    const first = JSON.parse(lines(byApi.text)[0]!) as { class_uid: number };
    expect([byApi.status, first.class_uid]).toEqual([200, 3001]);
    const { stdout } = await runCommand(gateway, 'audit', 'export', '--format', 'jsonl');
    const actions = lines(stdout).map((line) => (JSON.parse(line) as { action: string }).action);
    expect(actions.length).toBe(await count('audit_records'));
    expect(actions.filter((action) => action === 'audit.exported')).toHaveLength(2);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const none = await get(`/api/admin/audit/export?since=${tomorrow}`);
    expect([none.status, none.text]).toEqual([200, '']);
    expect((await get('/api/admin/audit/export', user.token)).status).toBe(403);
    for (const wrong of ['format=xml', 'since=yesterday', 'until=2026-13-01']) {
      expect((await get(`/api/admin/audit/export?${wrong}`)).status).toBe(400);
    }
  });

  it('is read by command: by account, action, object and time, page by page, which is recorded', async () => {
    const list = async (...words: string[]) => {
      const { code, stdout, stderr } = await runCommand(
        gateway,
        'audit',
        'list',
        '--json',
        ...words,
      );
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as AuditPage;
    };
    const all = await list('--limit', '1000');
    expect([all.nextCursor, all.records.length]).toEqual([
      null,
      (await count('audit_records')) - 1,
    ]);

    const first = await list('--limit', '1');
    expect(first.records).toMatchObject([{ action: 'audit.read', ip: 'cli', actorId: null }]);
    const second = await list('--limit', '1', '--cursor', first.nextCursor!);
    expect(second.records).toEqual([all.records[0]]);
    const [oldest] = (await list('--sort', 'oldest', '--limit', '1')).records;
    expect(oldest).toEqual(all.records.at(-1));
    const registered = ['--actor', user.username, '--action', 'account.registered'];
    expect((await list(...registered)).records).toMatchObject([
      { actorId: user.userId, action: 'account.registered', outcome: 'succeeded' },
    ]);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const none = { records: [], nextCursor: null };
    expect(await list('--since', tomorrow)).toEqual(none);
    expect(await list('--until', all.records.at(-1)!.occurredAt)).toEqual(none);
    const onObject = all.records.find(({ objectId }) => objectId !== null)!;
    const { records: onSame } = await list('--object', onObject.objectId!);
    expect(onSame).toContainEqual(onObject);
    expect(new Set(onSame.map(({ objectId }) => objectId)).size).toBe(1);

    const words = await runCommand(gateway, 'audit', 'list', '--action', 'audit.read');
    expect(words.stdout).toMatch(/^ID .*\n[\da-f-]{36} .* audit\.read .* succeeded +cli\n/);
    const unknown = await runCommand(
      gateway,
      'audit',
      'list',
      '--actor',
      'not-registered',
      '--json',
    );
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('"user_not_found"'),
    ]);
    expect((await runCommand(gateway, 'audit', 'list', '--cursor', '5')).code).toBe(2);
  });

  it('has an end that cannot be cut, for one who kept a checkpoint', async () => {
    await untilSealed();
    const { stdout } = await runCommand(gateway, 'audit', 'checkpoint');
    const folder = join(environment.DATA_DIR!, 'elsewhere');
    const kept = join(folder, 'checkpoints');
    mkdirSync(folder);
    writeFileSync(kept, `kept: ${stdout}`);
    expect((await verified('--checkpoint', kept)).code).toBe(0);
    await gateway.stop();
    const [last] = await query(gateway, 'select max(sequence) as n from audit_seals');
    const from = Number(last!.n) - 3;
    await query(
      gateway,
      `delete from audit_records where id in (select record_id from audit_seals where sequence > ${from})`,
    );
    await query(gateway, `delete from audit_seals where sequence > ${from}`);
    await query(gateway, `delete from audit_checkpoints where sequence > ${from}`);
    const { code, data } = await verified('--checkpoint', kept);
    expect([code, new Set(data.faults.map(({ kind }) => kind))]).toEqual([1, new Set(['cut'])]);
    for (const wrong of [join(folder, 'none'), environment.DATA_DIR!]) {
      const refused = await runCommand(gateway, 'audit', 'verify', '--checkpoint', wrong);
      expect(refused.code).toBe(2);
    }
  });

  it('is sealed by two gateways at once', async () => {
    const scaled = environment.DATABASE_URL !== undefined;
    const storage = await freshStorage();
    const both = await Promise.all(
      Array.from({ length: scaled ? 2 : 1 }, () => startGateway({ environment: storage })),
    );
    const people = await Promise.all(
      Array.from({ length: 12 }, (_, n) => aUser(both[n % both.length]!)),
    );
    await Promise.all(
      people.map(({ refreshToken }, n) =>
        call<Tokens>(both[n % both.length]!, '/api/auth/refresh', { body: { refreshToken } }),
      ),
    );
    gateway = both[0]!;
    await untilSealed();
    const { code, data } = await verified();
    expect([code, data.faults, data.records >= 24]).toEqual([0, [], true]);
  });
});
