import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { runCommand } from '../e2e/command.ts';
import {
  aSecret,
  freePort,
  type Gateway,
  PROCESS_ENVIRONMENT,
  spawnGateway,
  unusedStorage,
} from '../e2e/gateway.ts';
import { accountsOf, eraseMe, everythingOf, SOON, start } from './auth/erasing.ts';
import { aFullUser, type FullUser, withMailAndFactors } from './auth/full-user.ts';
import { tracesOf } from './auth/traces.ts';

// Accounts with data of every kind, an erasure, and several processes one after the other.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** So long that a process can be killed on its way through it. Bytes. */
const LARGE_FILE = 24_000_000;

type Environment = Record<string, string>;

describe('a backup of a system in use', () => {
  const secrets = { PASSWORD_PEPPER: aSecret(), JWT_SECRET: aSecret() };
  let gateway: Gateway;
  let erased: FullUser;
  let kept: FullUser;
  let before: Record<string, unknown>;
  let [key, file, ledger, recipient] = ['', '', '', ''];
  let answered = 0;

  const run = (environment: Environment, ...words: string[]) =>
    runCommand({ environment: { NODE_ENV: 'test', ...secrets, ...environment } }, ...words);
  const jsonOf = async <Data>(environment: Environment, ...words: string[]) => {
    const { stdout, stderr, code } = await run(environment, ...words, '--json');
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as Data;
  };
  const restoreInto = (environment: Environment, ...words: string[]) =>
    run(environment, 'backup', 'restore', file, '--identity', key, ...words);

  beforeAll(async () => {
    const storage = await unusedStorage();
    const folder = (await unusedStorage()).DATA_DIR!;
    [key, ledger] = [join(folder, 'backup.key'), join(folder, 'newest.ledger')];
    ({ recipient } = await jsonOf<{ recipient: string }>(
      storage,
      'backup',
      'key',
      '--output',
      key,
    ));
    gateway = await start({
      ...storage,
      ...secrets,
      BACKUP_RECIPIENT: recipient,
      BACKUP_DIR: join(folder, 'backups'),
    });
    erased = await withMailAndFactors(gateway, await aFullUser(gateway));
    kept = await aFullUser(gateway);
    const large = join(storage.DATA_DIR!, 'users', kept.userId, 'large.bin');
    mkdirSync(join(large, '..'), { recursive: true });
    writeFileSync(large, randomBytes(LARGE_FILE), { mode: 0o600 });

    let isOver = false;
    const writing = (async () => {
      for (; !isOver; answered += 1) await kept.say('notes', `/add_note text="note ${answered}"`);
    })();
    const made = await jsonOf<{ path: string }>(gateway.environment, 'backup', 'create');
    isOver = true;
    await writing;
    file = made.path;
    before = await everythingOf(kept);
    await eraseMe(erased);
    await vi.waitUntil(async () => (await accountsOf(gateway, erased)).length === 0, SOON);
    const { stdout } = await run(gateway.environment, 'backup', 'ledger');
    writeFileSync(ledger, stdout);
  });

  it('was made while messages were answered, for its owner only', async () => {
    expect(answered).toBeGreaterThan(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { backups } = await jsonOf<{ backups: { path: string; bytes: number }[] }>(
      gateway.environment,
      'backup',
      'list',
    );
    expect(backups).toEqual([expect.objectContaining({ path: file, bytes: statSync(file).size })]);
    const verified = await jsonOf<{ seal: string; files: number }>(
      gateway.environment,
      'backup',
      'verify',
      file,
      '--identity',
      key,
    );
    expect(verified.seal).toBe('ours');
    expect(verified.files).toBeGreaterThan(1);
    // Without the key the file tells nothing.
    const bytes = readFileSync(file);
    expect([...kept.traces, ...erased.traces].filter((trace) => bytes.includes(trace))).toEqual([]);
  });

  it('says who was erased since without naming the account', () => {
    for (const path of [ledger, join(gateway.environment.DATA_DIR!, 'erasures.ledger')]) {
      const text = readFileSync(path, 'utf8');
      expect(text.trim().split('\n')).toHaveLength(2);
      expect(erased.traces.filter((trace) => text.includes(trace))).toEqual([]);
    }
  });

  it('comes back whole, but for who was erased since', async () => {
    const storage = await unusedStorage();
    const refused = await restoreInto(storage);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--ledger')]);
    const { code, stderr } = await restoreInto(storage, '--ledger', ledger);
    expect([code, stderr]).toEqual([0, '']);
    // The backup itself is from before the erasure.
    expect((await tracesOf({ environment: storage }, erased.traces)).length).toBeGreaterThan(50);

    const again = await start({ ...storage, ...secrets });
    expect(await accountsOf(again, erased)).toEqual([]);
    const signIn = (user: FullUser) => {
      const { username, password } = user;
      return fetch(`${again.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ username, password }),
      });
    };
    expect(await (await signIn(erased)).text()).toContain('invalid_credentials');
    const answer = await signIn(kept);
    expect(answer.status).toBe(200);
    const { data } = (await answer.json()) as { data: { accessToken: string } };
    const asked = await fetch(`${again.url}/api/me/export`, {
      headers: { Authorization: `Bearer ${data.accessToken}` },
    });
    const text = await asked.text();
    expect(kept.planted.filter((planted) => !text.includes(planted))).toEqual([]);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(
      expect.arrayContaining(Object.keys(before)),
    );
    // Redis is not restored: its counters end with their windows.
    await expect.poll(() => tracesOf({ environment: storage }, erased.traces), SOON).toEqual([]);
    await again.stop();
    const over = await restoreInto(storage, '--ledger', ledger);
    expect([over.code, over.stderr]).toEqual([1, expect.stringContaining('empty system')]);
  });

  it('is no system when the restore was killed, and comes back with the next one', async () => {
    const storage = await unusedStorage();
    const mark = 'restore.unfinished';
    const words = ['backup', 'restore', file, '--identity', key, '--ledger', ledger];
    await killedOnce(storage, words, () => namesIn(storage.DATA_DIR!).includes(mark));
    expect(namesIn(storage.DATA_DIR!)).toContain(mark);
    const environment = { NODE_ENV: 'test', ...secrets, ...storage };
    const gone = spawnGateway({ ...environment, PORT: String(await freePort()) });
    await new Promise((done) => gone.process.once('exit', done));
    expect([gone.process.exitCode, gone.output()]).toEqual([1, expect.stringContaining(mark)]);

    expect((await restoreInto(storage, '--ledger', ledger)).code).toBe(0);
    expect(namesIn(storage.DATA_DIR!)).not.toContain(mark);
    const stored = { environment: storage };
    expect((await tracesOf(stored, kept.traces)).length).toBeGreaterThan(50);
  });

  it('leaves no half backup under a good name when it is killed', async () => {
    const folder = (await unusedStorage()).DATA_DIR!;
    const environment = { ...gateway.environment, BACKUP_DIR: folder };
    await killedOnce(environment, ['backup', 'create'], () => namesIn(folder).length > 0);
    expect(namesIn(folder)).toEqual([expect.stringMatching(/^\..*\.unfinished$/)]);
    const { backups } = await jsonOf<{ backups: object[] }>(environment, 'backup', 'list');
    expect(backups).toEqual([]);
    // The next one is whole.
    const { path } = await jsonOf<{ path: string }>(environment, 'backup', 'create');
    const { code } = await run(environment, 'backup', 'verify', path, '--identity', key);
    expect(code).toBe(0);
  });

  it('is not restored into the other database', async () => {
    const storage = await unusedStorage();
    const other: Environment = storage.DATABASE_URL
      ? { DATA_DIR: storage.DATA_DIR! }
      : { ...storage, DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' };
    const { code, stderr } = await restoreInto(other, '--without-ledger');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('cannot be restored into the other'),
    ]);
  });

  /** Kills a command as soon as it has come so far. */
  async function killedOnce(
    environment: Environment,
    words: readonly string[],
    isThere: () => boolean,
  ): Promise<void> {
    const child = spawn(process.execPath, [resolve('dist/apps/gateway/src/cli.js'), ...words], {
      env: { ...PROCESS_ENVIRONMENT, NODE_ENV: 'test', ...secrets, ...environment },
      stdio: 'ignore',
    });
    const ended = new Promise((done) => child.once('exit', (_code, signal) => done(signal)));
    while (!isThere() && child.exitCode === null) await setImmediate();
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
  }
});

function namesIn(folder: string): string[] {
  return readdirSync(folder);
}
