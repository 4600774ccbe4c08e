import { randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aUser, call, say, type User } from './client.ts';
import { runCommand } from './command.ts';
import { holding } from './held-file.ts';
import { freshStorage, type Gateway, query, spawnGateway, startGateway } from './gateway.ts';

// They wait for locks, and for erasures that are due.
vi.setConfig({ testTimeout: 180_000 });

/** A call and whether it has been answered, for tests of what comes before what. */
function asked<T>(answer: Promise<T>) {
  const state = { isAnswered: false, answer };
  void answer.finally(() => (state.isAnswered = true));
  return state;
}

const register = (gateway: Gateway, username = `user-${randomUUID().slice(0, 13)}`) =>
  call(gateway, '/api/auth/register', { body: { username, password: `pw ${randomUUID()}` } });

/** Notes the folders in which SQLite has temporary files until the test is over, also where it fails, and tells them. */
function watchTemporaryFolders({ pid }: Gateway): () => string[] {
  const folders = new Set<string>();
  const look = () => {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const path = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
        if (path.includes('etilqs_')) folders.add(dirname(path));
      } catch {
        // It has been closed meanwhile.
      }
    }
  };
  const watch = setInterval(look, 10);
  onTestFinished(() => clearInterval(watch));
  return () => [...folders];
}

const READS = [
  '/health',
  '/health/ready',
  '/api/auth/me',
  '/api/chat/conversations',
  '/api/profiles',
];

describe.runIf(!process.env.E2E_DATABASE_URL)('an embedded database', () => {
  let gateway: Gateway;
  let user: User;

  beforeAll(async () => {
    gateway = await startGateway({ environment: { ERASURE_GRACE: '0s' } });
    user = await aUser(gateway);
    await say(gateway, user, 'notes', 'milk');
  });

  it.each([
    ['writes', ['begin immediate']],
    ['has it for itself', ['begin exclusive']],
    ['has written, and does not commit', ['begin', 'update accounts set role = role']],
  ])('is read while another process %s, and writes fail in time', async (_, statements) => {
    const other = await holding(gateway.environment, ...statements);
    const username = `late-${randomUUID().slice(0, 13)}`;
    const writes = [
      asked(register(gateway, username)),
      asked(say(gateway, user, 'notes', username)),
      asked(call(gateway, '/api/auth/refresh', { body: { refresh_token: 'unknown' } })),
    ];
    for (const path of READS) {
      const { status } = await call(gateway, path, { token: user.token });
      expect([path, status]).toEqual([path, 200]);
    }
    expect(writes.slice(0, 2).map(({ isAnswered }) => isAnswered)).toEqual([false, false]);
    for (const { answer } of writes.slice(0, 2)) {
      const { status, body, headers } = await answer;
      expect([status, body.error?.code]).toEqual([503, 'unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await other.letGo();
    expect((await register(gateway, username)).status).toBe(201);
    const { text } = await call(gateway, '/api/chat/conversations', { token: user.token });
    expect(text).not.toContain(username);
    expect((await say(gateway, user, 'notes', username)).status).toBe(200);
  });

  it('lets a write through that waits when the other process is done', async () => {
    const other = await holding(gateway.environment, 'begin immediate');
    const write = asked(register(gateway));
    expect((await call(gateway, '/health')).status).toBe(200);
    expect(write.isAnswered).toBe(false);
    await other.letGo();
    expect((await write.answer).status).toBe(201);
  });

  it('serves everybody while another process reads, and an account is erased', async () => {
    const other = await holding(gateway.environment, 'begin', 'select count(*) from accounts');
    const gone = await aUser(gateway);
    const bearer = { token: gone.token };
    // So much that the file is not rewritten between two looks.
    await query(
      gateway,
      `create table filler as
       with recursive rows (n) as (select 1 union all select n + 1 from rows where n < 8000)
       select hex(zeroblob(2000)) as text from rows`,
    );
    const foldersSeen = watchTemporaryFolders(gateway);
    expect((await call(gateway, '/api/me', { method: 'DELETE', ...bearer })).status).toBe(200);
    const owed = async () => (await query(gateway, 'pragma user_version'))[0]!.user_version;
    await expect.poll(owed, { timeout: 40_000 }).toBe(2);
    expect(foldersSeen()).toEqual([gateway.environment.DATA_DIR]);
    // The log cannot be cut while it is read. Each look of the gateway at it would have stopped all for five seconds.
    for (let turn = 0; turn < 20; turn += 1) {
      const patience = AbortSignal.timeout(4_000);
      expect((await fetch(`${gateway.url}/health`, { signal: patience })).status).toBe(200);
      expect((await register(gateway)).status).toBe(201);
    }
    expect(await owed()).toBe(2);
    await other.letGo();
    await expect.poll(owed, { timeout: 40_000 }).toBe(0);
  });

  it('does not keep a second gateway or a command from starting while it is locked', async () => {
    const other = await holding(gateway.environment, 'begin immediate');
    const second = await startGateway({ environment: { ...gateway.environment } });
    expect((await call(second, '/api/auth/me', { token: user.token })).status).toBe(200);
    const listed = await runCommand(gateway, 'keys', 'list');
    expect([listed.code, listed.stderr]).toEqual([0, '']);
    const rotated = await runCommand(gateway, 'keys', 'rotate');
    expect(rotated.code).toBe(1);
    expect(rotated.stderr.trim().split('\n').at(-1)).toBe(
      'The database is away or locked: SQLITE_BUSY',
    );
    await other.letGo();
    await second.stop();
  });

  it('that cannot be brought up to date as it is locked stops the start with one line', async () => {
    const storage = await freshStorage();
    writeFileSync(join(storage.DATA_DIR!, 'gateway.sqlite'), '');
    const other = await holding(storage, 'pragma journal_mode = wal', 'begin immediate');
    const child = spawnGateway({ NODE_ENV: 'test', ...storage });
    const code = await new Promise((done) => child.process.once('close', done));
    expect([code, child.output().trim().split('\n')]).toEqual([
      1,
      [expect.stringMatching(/^Cannot start: .*database is locked/)],
    ]);
    await other.letGo();
  });

  it('takes nothing that would be lost: a file that was moved away answers with 503 until it is back', async () => {
    const file = join(gateway.environment.DATA_DIR!, 'gateway.sqlite');
    renameSync(file, `${file}.away`);
    const refused = await register(gateway);
    expect([refused.status, refused.body.error?.code]).toEqual([503, 'unavailable']);
    expect((await call(gateway, '/health')).status).toBe(200);
    expect((await call(gateway, '/health/ready')).status).toBe(503);
    renameSync(`${file}.away`, file);
    expect((await register(gateway)).status).toBe(201);
  });

  it.each(['-wal', '-shm'])(
    'takes nothing without its %s, and has lost nothing after a restart',
    async (ending) => {
      const own = await startGateway();
      expect((await register(own, 'before')).status).toBe(201);
      rmSync(join(own.environment.DATA_DIR!, `gateway.sqlite${ending}`));
      const refused = await register(own, 'after');
      expect([refused.status, refused.body.error?.code]).toEqual([503, 'unavailable']);
      expect((await call(own, '/health')).status).toBe(200);
      expect((await call(own, '/health/ready')).status).toBe(503);
      await own.kill('SIGTERM');
      const rows = await query(own, `select username from accounts`);
      expect(rows.map(({ username }) => username)).toEqual(['before']);
    },
  );

  it('has kept what was answered when the process is killed in the middle of writes', async () => {
    const doomed = await startGateway();
    const names: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let turn = 0; ; turn += 1) {
        const username = `kept-${writer}-${turn}`;
        const answer = await register(doomed, username).catch(() => undefined);
        if (!answer) return;
        if (answer.status === 201) names.push(username);
      }
    });
    await expect.poll(() => names.length, { timeout: 120_000 }).toBeGreaterThan(20);
    await doomed.kill('SIGKILL');
    await Promise.all(writers);
    const rows = await query(doomed, `select username from accounts where username like 'kept-%'`);
    expect(rows.map(({ username }) => username)).toEqual(expect.arrayContaining(names));
  });
});
