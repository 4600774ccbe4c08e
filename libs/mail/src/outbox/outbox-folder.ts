import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What the folder holds at most: about 4 MB. Beyond it the oldest mails go. */
export const MAX_MAILS = 1_000;

/** How long a mail is kept. It names a person and may hold a token. Milliseconds. */
export const KEPT_FOR = 7 * 24 * 3_600_000;

/** A draft this old is left over from a process that was killed. Milliseconds. */
const DEAD_DRAFT = 60_000;

/**
 * The time of writing, the account id (absent in older names), and a unique part. In older names the account id may
 * be in upper case: such a mail must be found all the same.
 */
const NAME = /^\.?(\d{13})-(?:([0-9a-fA-F-]{36})-)?[0-9a-f-]{36}\.(eml|draft)$/;

/** A mail of the outbox, without its text: that may hold a token. */
export interface KeptMail {
  readonly to: string | undefined;
  readonly subject: string | undefined;
  readonly writtenAt: Date;
}

/**
 * A folder of mails that only its owner can read, bounded in number and age. A mail is stored completely or not at
 * all: it is written to a draft, flushed, and renamed.
 */
export class OutboxFolder {
  constructor(
    private readonly path: string,
    private readonly now: () => number = Date.now,
  ) {}

  async add(mail: Buffer, accountId: string | undefined): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await chmod(this.path, 0o700);
    // The names sort by time.
    const owner = accountId === undefined ? '' : `${accountId.toLowerCase()}-`;
    const name = `${String(this.now()).padStart(13, '0')}-${owner}${randomUUID()}`;
    const draft = join(this.path, `.${name}.draft`);
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(mail);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, join(this.path, `${name}.eml`));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await this.sweep();
  }

  async list(accountId: string): Promise<KeptMail[]> {
    const names = (await this.names()).filter((name) => ownerOf(name) === accountId);
    const mails: KeptMail[] = [];
    for (const name of names.filter((name) => name.endsWith('.eml'))) {
      const mail = await this.read(name);
      const writtenAt = new Date(timeOf(name));
      if (mail)
        mails.push({ to: recipientOf(mail), subject: headerOf(mail, 'Subject'), writtenAt });
    }
    return mails;
  }

  async owners(): Promise<string[]> {
    const owners = (await this.names()).map(ownerOf).filter((owner) => owner !== undefined);
    return [...new Set(owners)];
  }

  /** Deletes the mails of an account, and whatever else is to the addresses, in any case of their letters. */
  async forget(accountId: string, addresses: readonly string[]): Promise<void> {
    const wanted = new Set(addresses.map((address) => address.toLowerCase()));
    for (const name of await this.names()) {
      const isOurs = ownerOf(name) === accountId;
      const isWanted = isOurs || (wanted.size > 0 && wanted.has(await this.recipient(name)));
      if (isWanted) await rm(join(this.path, name), { force: true });
    }
  }

  /** Deletes what is too old or too much. Several processes may do so at once; files of others are left alone. */
  async sweep(): Promise<void> {
    const ours = await this.names();
    const mails = ours.filter((name) => name.endsWith('.eml'));
    const surplus = new Set(mails.slice(0, Math.max(0, mails.length - MAX_MAILS)));
    for (const name of ours) {
      const age = this.now() - timeOf(name);
      const isOver = age > (name.endsWith('.eml') ? KEPT_FOR : DEAD_DRAFT);
      if (isOver || surplus.has(name)) await rm(join(this.path, name), { force: true });
    }
  }

  /** Our files, the oldest first. What cannot be read is an error: an erasure must not take it for empty. */
  private async names(): Promise<string[]> {
    const names = await readdir(this.path).catch(unlessGone);
    return (names ?? []).filter((name) => NAME.test(name)).toSorted();
  }

  private read(name: string): Promise<string | undefined> {
    return readFile(join(this.path, name), 'utf8').catch(unlessGone);
  }

  private async recipient(name: string): Promise<string> {
    return recipientOf((await this.read(name)) ?? '')?.toLowerCase() ?? '';
  }
}

function timeOf(name: string): number {
  return Number(NAME.exec(name)![1]);
}

function ownerOf(name: string): string | undefined {
  return NAME.exec(name)?.[2]?.toLowerCase();
}

function recipientOf(mail: string): string | undefined {
  return /^<?([^<>\s]+)>?$/.exec(headerOf(mail, 'To') ?? '')?.[1];
}

/** A header that occurs once in each mail; a long one is folded (RFC 5322 §2.2.3). */
function headerOf(mail: string, name: string): string | undefined {
  const headers = mail.split(/\r?\n\r?\n/)[0]!.replaceAll(/\r?\n[ \t]+/g, ' ');
  return new RegExp(`^${name}: *(.*?) *$`, 'im').exec(headers)?.[1];
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
