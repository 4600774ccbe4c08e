import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEPT_FOR, MAX_MAILS, OutboxFolder } from './outbox-folder.js';

const ADA = '01a20de4-0000-7000-8000-00000000000a';
const GRACE = '01a20de4-0000-7000-8000-00000000000b';

const mailTo = (address: string) =>
  Buffer.from(`From: us@example.org\r\nTo: ${address}\r\nSubject: Hello\r\n\r\nTo: nobody\r\n`);

describe('the outbox', () => {
  const root = mkdtempSync(join(tmpdir(), 'outbox-'));
  let path: string;
  let now = 1_800_000_000_000;
  let number = 0;
  const folder = () => new OutboxFolder(path, () => now);

  beforeEach(() => {
    number += 1;
    path = join(root, String(number));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('can be read by its owner only', async () => {
    await folder().add(Buffer.from('mail'), ADA);
    const [name] = readdirSync(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, name!)).mode & 0o777).toBe(0o600);
  });

  it('knows whose a mail is in whatever case the id was written', async () => {
    await folder().add(mailTo('ada@example.org'), ADA.toUpperCase());
    expect(readdirSync(path)[0]).toContain(`-${ADA}-`);
    // As it was named before.
    const before = `${now}-${ADA.toUpperCase()}-${GRACE}.eml`;
    writeFileSync(join(path, before), mailTo('ada@example.org'));
    expect(await folder().owners()).toEqual([ADA]);
    expect(await folder().list(ADA)).toHaveLength(2);
    await folder().forget(ADA, []);
    expect(readdirSync(path)).toEqual([]);
  });

  it('holds whole mails only, with many written at once', async () => {
    const mail = Buffer.alloc(20_000, 'x');
    await Promise.all(Array.from({ length: 50 }, () => folder().add(mail, ADA)));
    const names = readdirSync(path);
    expect(names).toHaveLength(50);
    expect(names.every((name) => readFileSync(join(path, name)).length === mail.length)).toBe(true);
  });

  it('lets the oldest go when it is full', async () => {
    const outbox = folder();
    await outbox.add(Buffer.from('the first'), ADA);
    const [first] = readdirSync(path);
    for (let index = 0; index < MAX_MAILS; index += 1) {
      const name = `${now + 1}-00000000-0000-4000-8000-${String(index).padStart(12, '0')}.eml`;
      writeFileSync(join(path, name), 'mail');
    }
    now += 2;
    await outbox.add(Buffer.from('the last'), ADA);
    expect(readdirSync(path)).toHaveLength(MAX_MAILS);
    expect(readdirSync(path)).not.toContain(first);
  });

  it('lets go what is too old, and drafts of a process that died, but no file of others', async () => {
    const outbox = folder();
    await outbox.add(Buffer.from('old'), ADA);
    const draft = `.${now}-00000000-0000-4000-8000-000000000000.draft`;
    writeFileSync(join(path, draft), 'ha');
    writeFileSync(join(path, 'notes.txt'), 'mine');
    await outbox.sweep();
    expect(readdirSync(path)).toHaveLength(3);
    now += KEPT_FOR + 1;
    await outbox.sweep();
    expect(readdirSync(path)).toEqual(['notes.txt']);
  });

  it('finds the mails of an account, whatever address they are to', async () => {
    const outbox = folder();
    expect(await outbox.list(ADA)).toEqual([]);
    await outbox.add(mailTo('first@example.org'), ADA);
    now += 1;
    await outbox.add(mailTo('second@example.org'), ADA);
    await outbox.add(mailTo('grace@example.org'), GRACE);
    expect(await outbox.list(ADA)).toEqual([
      { to: 'first@example.org', subject: 'Hello', writtenAt: new Date(now - 1) },
      { to: 'second@example.org', subject: 'Hello', writtenAt: new Date(now) },
    ]);
    expect((await outbox.owners()).toSorted()).toEqual([ADA, GRACE]);
  });

  it('forgets all mails of an account, and what others had written to its addresses', async () => {
    const outbox = folder();
    await outbox.add(mailTo('former@example.org'), ADA);
    await outbox.add(mailTo('Ada@example.org'), GRACE);
    await outbox.add(mailTo('grace@example.org'), GRACE);
    // As mails were filed before their names had the account.
    const old = `${now}-00000000-0000-4000-8000-000000000000.eml`;
    writeFileSync(join(path, old), mailTo('<ada@example.org>'));
    await outbox.forget(ADA, ['ada@example.org']);
    const kept = readdirSync(path).map((name) => readFileSync(join(path, name), 'latin1'));
    expect(kept).toEqual([mailTo('grace@example.org').toString()]);
  });

  it('is not taken for empty when it cannot be read', async () => {
    writeFileSync(path, 'a file in place of the folder');
    await expect(folder().forget(ADA, [])).rejects.toMatchObject({ code: 'ENOTDIR' });
    rmSync(path);
    mkdirSync(join(path, `${now}-00000000-0000-4000-8000-000000000000.eml`), { recursive: true });
    const forgotten = folder().forget(ADA, ['ada@example.org']);
    await expect(forgotten).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
