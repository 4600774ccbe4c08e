import { UNFINISHED_RESTORE } from '@app/persistence';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { encrypted } from '../archive/age.js';
import type { BackupError } from '../backup.error.js';
import { erasureDigest, ErasureLedger } from '../ledger/erasure-ledger.js';
import {
  anAccount,
  DATABASES,
  everythingIn,
  momentOf,
  PEPPER,
  type System,
  Systems,
} from '../testing/a-system.js';

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    (error: BackupError) => error.code ?? error,
  );

/** Names and contents of all files under a folder. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !/gateway\.sqlite|migration\.lock/.test(path))
    .toSorted()
    .map((path) => [path.slice(folder.length), readFileSync(path).toString('base64url')]);

describe.each(DATABASES)('backups of $database', ({ server }) => {
  const systems = new Systems(server);
  let key: Awaited<ReturnType<Systems['aKey']>>;
  let system: System;
  let path: string;
  beforeAll(async () => {
    key = await systems.aKey();
    system = await systems.filled({ recipients: [key.recipient] });
    ({ path } = await system.backups.create());
  });
  afterAll(() => systems.remove());

  const restore = (
    into: System,
    { file = path, identityFile = key.identityFile, ledgers = [] as string[] } = {},
  ) =>
    into.restores.restore({
      path: file,
      identityFile,
      ledgers,
      isWithoutLedger: ledgers.length === 0,
    });

  /** A copy of the backup that was changed. */
  const changed = (change: (copy: string) => void) => {
    const copy = join(systems.root, `${Math.random()}.age`);
    copyFileSync(path, copy);
    change(copy);
    return copy;
  };

  it('are files for their owner only, and whole', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(system.config.folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(system.config.folder)).toHaveLength(1);
    const { manifest, seal } = await system.backups.verify(path, key.identityFile);
    expect(seal).toBe('ours');
    expect(manifest.tables).toContainEqual(expect.objectContaining({ name: 'accounts', rows: 2 }));
    expect(manifest.contents.map(({ name }) => name)).toContain('files/users/ada/Große Datei');
  });

  it('leave nothing beside them', () => {
    const names = readdirSync(system.persistence.dataDir);
    expect(names.filter((name) => name.startsWith('backup.'))).toEqual([]);
  });

  it('bring everything back into an empty system', async () => {
    const restored = await systems.empty();
    await restore(restored);
    expect(await everythingIn(restored)).toEqual(await everythingIn(system));
    expect(filesIn(restored.persistence.dataDir)).toEqual(filesIn(system.persistence.dataDir));
    const file = join('users', 'ada', 'memory.jsonl');
    const [before, after] = [system, restored].map(({ persistence }) =>
      statSync(join(persistence.dataDir, file)),
    );
    expect([after!.mode, Math.trunc(after!.mtimeMs / 1_000)]).toEqual([
      before!.mode,
      Math.trunc(before!.mtimeMs / 1_000),
    ]);
    expect(readdirSync(restored.persistence.dataDir)).not.toContain(UNFINISHED_RESTORE);
    await expect(anAccount(restored, 'hopper')).resolves.toBeDefined();
  });

  it('save a system again as they have found it', async () => {
    const restored = await systems.empty({ recipients: [key.recipient] });
    await restore(restored);
    const [first, again] = [
      await system.backups.verify(path, key.identityFile),
      await restored.backups.verify((await restored.backups.create()).path, key.identityFile),
    ].map(({ manifest }) => manifest);
    expect(again!.tables).toEqual(first!.tables);
    expect(again!.sequences).toEqual(first!.sequences);
    expect(again!.header.system).toBe(first!.header.system);
    const digests = ({ contents }: typeof first & object) =>
      contents.filter(({ name }) => !name.endsWith('.sqlite'));
    expect(digests(again!)).toEqual(digests(first!));
  });

  describe.each([
    ['a damaged one', 'backup_damaged', (copy: string) => damage(copy, 0.5)],
    ['one with a damaged end', 'backup_damaged', (copy: string) => damage(copy, 1)],
    [
      'one cut short',
      'backup_damaged',
      (copy: string) => truncateSync(copy, statSync(copy).size - 1),
    ],
    [
      'one cut in the middle',
      'backup_damaged',
      (copy: string) => truncateSync(copy, Math.floor(statSync(copy).size / 2)),
    ],
    ['one cut at a chunk', 'backup_damaged', (copy: string) => truncateSync(copy, chunkEnd(copy))],
    ['one with something behind it', 'backup_damaged', (copy: string) => appendFileSync(copy, 'x')],
    ['an empty file', 'backup_foreign', (copy: string) => truncateSync(copy, 0)],
    ['another file', 'backup_foreign', (copy: string) => writeFileSync(copy, 'PK\x03\x04 hello')],
  ])('%s', (_, code, change) => {
    it('is refused before anything is touched', async () => {
      const target = await systems.empty();
      const file = changed(change);
      expect(await codeOf(system.backups.verify(file, key.identityFile))).toBe(code);
      expect(await codeOf(restore(target, { file }))).toBe(code);
      await assertUntouched(target);
    });
  });

  it.each([
    [
      'what is no archive',
      async function* () {
        yield Buffer.from('hello');
      },
    ],
    [
      'nothing',
      async function* () {
        yield Buffer.alloc(0);
      },
    ],
  ])('are not what others have encrypted to the same key: %s', async (_, content) => {
    const file = join(systems.root, `${Math.random()}.age`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of encrypted(content(), [key.recipient])) chunks.push(chunk);
    writeFileSync(file, Buffer.concat(chunks));
    expect(await codeOf(restore(await systems.empty(), { file }))).toMatch(
      /backup_(damaged|foreign)/,
    );
  });

  it('need the identity that they were encrypted to', async () => {
    const { identityFile } = await systems.aKey();
    const target = await systems.empty();
    expect(await codeOf(restore(target, { identityFile }))).toBe('backup_wrong_key');
    await assertUntouched(target);
    const none = join(systems.root, 'none.key');
    writeFileSync(none, '# a comment alone\n');
    for (const file of [none, path, join(systems.root, 'nowhere')]) {
      expect(await codeOf(restore(target, { identityFile: file }))).toBe('backup_no_identity');
    }
  });

  it.each([['another-pepper-of-another-system'], [undefined]])(
    'are refused by a system with other secrets: %s',
    async (pepper) => {
      const target = await systems.empty({ pepper });
      expect(await codeOf(restore(target))).toBe('backup_other_secrets');
      await assertUntouched(target);
    },
  );

  it('are not taken for ours without a seal', async () => {
    const forged = await systems.filled({ recipients: [key.recipient], pepper: undefined });
    const { path: file } = await forged.backups.create();
    const target = await systems.empty();
    expect(await codeOf(restore(target, { file }))).toBe('backup_other_secrets');
    await assertUntouched(target);
  });

  it.each([
    [
      'an older',
      'backup_older_schema',
      'delete from schema_migrations where name = (select max(name) from schema_migrations)',
    ],
    [
      'a newer',
      'backup_newer_schema',
      `insert into schema_migrations (name, executed_at) values ('29991231000000-later', current_timestamp)`,
    ],
  ])('with %s schema are refused', async (_, code, statement) => {
    const other = await systems.filled({ recipients: [key.recipient] });
    await other.query(statement);
    const { path: file } = await other.backups.create();
    const target = await systems.empty();
    expect(await codeOf(restore(target, { file }))).toBe(code);
    await assertUntouched(target);
  });

  it('are restored into an empty system only', async () => {
    const used = await systems.filled();
    const before = [await everythingIn(used), filesIn(used.persistence.dataDir)];
    expect(await codeOf(restore(used))).toBe('backup_not_empty');
    expect([await everythingIn(used), filesIn(used.persistence.dataDir)]).toEqual(before);
    const withFile = await systems.empty();
    mkdirSync(withFile.persistence.dataDir);
    writeFileSync(join(withFile.persistence.dataDir, 'mine.txt'), 'mine');
    expect(await codeOf(restore(withFile))).toBe('backup_not_empty');
    expect(readdirSync(withFile.persistence.dataDir)).toEqual(['mine.txt']);
  });

  it('name the ledger of erased accounts, or say that there is none', async () => {
    const target = await systems.empty();
    const options = { path, identityFile: key.identityFile, ledgers: [], isWithoutLedger: false };
    expect(await codeOf(target.restores.restore(options))).toBe('backup_no_ledger');
    await assertUntouched(target);
    for (const ledger of [path.replace('.age', ''), key.identityFile]) {
      expect(await codeOf(restore(target, { ledgers: [ledger] }))).toBe('backup_no_ledger');
    }
    await assertUntouched(target);
  });

  it('have the ledger of their time, which a restore of an older one takes', async () => {
    const erased = {
      digest: erasureDigest('01a20de4-0000-7000-8000-00000000000a'),
      erasedAt: new Date().toISOString(),
    };
    const later = await systems.filled({ recipients: [key.recipient] });
    await later.query(
      `insert into erased_accounts (digest, erased_at) values ('${erased.digest}', ${momentOf(later, Date.parse(erased.erasedAt))})`,
    );
    const { path: ledger } = await later.backups.create();
    const target = await systems.empty();
    const { erasedAccounts } = await restore(target, { ledgers: [ledger] });
    expect(erasedAccounts).toBe(1);
    const kept = [];
    for await (const batch of new ErasureLedger(target.config.ledger).read()) kept.push(...batch);
    expect(kept).toEqual([erased]);
  });

  it('skip links and pipes in DATA_DIR, and the backups themselves', async () => {
    const other = await systems.filled({ recipients: [key.recipient] });
    const { dataDir } = other.persistence;
    symlinkSync('/etc/passwd', join(dataDir, 'users', 'ada', 'link'));
    mkdirSync(join(dataDir, 'backups'));
    writeFileSync(join(dataDir, 'backups', 'old'), 'old');
    const { manifest } = await other.backups.create();
    const names = manifest.contents.map(({ name }) => name);
    expect(names.filter((name) => /link|old/.test(name))).toEqual([]);
  });

  it('do not hold writers up, and are of one moment', async () => {
    const busy = await systems.filled({ recipients: [key.recipient] });
    let isOver = false;
    let written = 0;
    const writing = (async () => {
      for (; !isOver || written < 3; written += 1) {
        await anAccount(busy, `writer-${written}`);
        await setImmediate();
      }
    })();
    const { manifest } = await busy.backups.create();
    isOver = true;
    await writing;
    const rowsOf = (table: string) => manifest.tables.find(({ name }) => name === table)!.rows;
    // An account is written before its note.
    expect(rowsOf('accounts') - rowsOf('personal_notes')).toBeGreaterThanOrEqual(0);
    expect(rowsOf('accounts') - rowsOf('personal_notes')).toBeLessThanOrEqual(1);
  });

  it('take the place of those that are too many or too old, but of no other file', async () => {
    const kept = await systems.filled({
      recipients: [key.recipient],
      kept: 2,
      keptFor: 86_400_000,
    });
    const { folder } = kept.config;
    mkdirSync(folder);
    const name = (time: Date) =>
      `gateway-${time.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-sqlite-00000000.tar.gz.age`;
    const ago = (ms: number) => new Date(Date.now() - ms);
    const others = ['notes.txt', 'gateway-old.tar.gz.age'];
    const dead = '.gateway-20200101T000000Z-sqlite-00000000.tar.gz.age.unfinished';
    for (const file of [
      name(ago(1_000)),
      name(ago(2_000)),
      name(ago(90_000_000)),
      dead,
      ...others,
    ]) {
      writeFileSync(join(folder, file), 'x');
    }
    utimesSync(join(folder, dead), ago(4_000_000), ago(4_000_000));
    const { path: made, removed } = await kept.backups.create();
    expect(removed).toHaveLength(2);
    expect(readdirSync(folder)).toHaveLength(4);
    expect((await kept.inventory.newest())?.path).toBe(made);
  });

  it('are not made without a key', async () => {
    expect(await codeOf((await systems.filled()).backups.create())).toBe('backup_no_recipient');
    const nothing = await systems.empty({ recipients: [key.recipient] });
    expect(await codeOf(nothing.backups.create())).toBe('backup_no_database');
  });

  async function assertUntouched(target: System): Promise<void> {
    expect(() => readdirSync(target.persistence.dataDir)).toThrow('ENOENT');
    const tables = server ? await everythingIn(target) : {};
    expect(tables).toEqual({});
  }
});

function damage(copy: string, place: number): void {
  const bytes = readFileSync(copy);
  bytes[Math.trunc((bytes.length - 1) * place)]! ^= 1;
  writeFileSync(copy, bytes);
}

/** Where a chunk of age ends: 64 KiB and its tag, after a header of 200 bytes or so. */
function chunkEnd(copy: string): number {
  const header = readFileSync(copy).indexOf('\n', readFileSync(copy).indexOf('\n---')) + 1;
  return header + 16 + 65_552;
}

it('have the release of the product', async () => {
  const { RELEASE } = await import('../release.js');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect([RELEASE, PEPPER.length > 30]).toEqual([version, true]);
});
