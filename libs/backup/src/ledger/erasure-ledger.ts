import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError } from '../backup.error.js';
import { syncFolder } from '../files/sync-folder.js';
import { unlessGone } from '../files/unless-gone.js';

/** The first line of a ledger. What has another one is none. */
const TITLE = '# mcp-phone-gateway: ledger of erased accounts 1';

/** A digest and the moment from which the account could not be restored. */
const LINE = /^([\w-]{43}) (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)$/;

/** How many entries are handed on at a time. */
const ENTRIES_PER_BATCH = 1_000;

/** That an account is erased, without saying which. */
export interface ErasedAccount {
  readonly digest: string;
  readonly erasedAt: string;
}

/**
 * What stands for an account that is erased. Ids are random: no list of candidates leads back to one. What still has
 * the id, as a backup does, recognizes it.
 */
export function erasureDigest(accountId: string): string {
  return createHash('sha256')
    .update(`mcp-phone-gateway erased account ${accountId.toLowerCase()}`)
    .digest('base64url');
}

/** The text of a ledger. */
export async function* ledgerText(
  entries: AsyncIterable<ErasedAccount> | Iterable<ErasedAccount>,
): AsyncGenerator<string> {
  yield `${TITLE}\n`;
  for await (const entry of entries) yield lineOf(entry);
}

/**
 * The entries of the text of a ledger, in batches. A line that is cut off, as by a crash, is passed over: the next
 * append begins another one.
 *
 * @throws BackupError `backup_no_ledger` if it is none
 */
export async function* ledgerEntries(
  text: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly ErasedAccount[]> {
  let [title, batch]: [string | undefined, ErasedAccount[]] = [undefined, []];
  for await (const line of linesOf(text)) {
    title ??= line;
    if (title !== TITLE) throw BackupError.noLedger();
    const [, digest, erasedAt] = LINE.exec(line) ?? [];
    if (digest && erasedAt) batch.push({ digest, erasedAt });
    if (batch.length < ENTRIES_PER_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (title === undefined) throw BackupError.noLedger();
  yield batch;
}

/** A ledger in a file, which only grows. Several processes may add to one. */
export class ErasureLedger {
  constructor(readonly path: string) {}

  /** Nothing where there is no file, or an empty one: a crash can leave that. */
  async *read(): AsyncGenerator<readonly ErasedAccount[]> {
    const file = await open(this.path).catch(unlessGone);
    if (!file) return;
    if ((await file.stat()).size === 0) return file.close();
    const stream = file.createReadStream();
    try {
      yield* ledgerEntries(stream);
    } finally {
      stream.destroy();
    }
  }

  /** Resolves when they are on the disk. */
  async add(entries: readonly ErasedAccount[]): Promise<void> {
    if (entries.length === 0) return;
    await this.create();
    await using file = await open(this.path, constants.O_RDWR | constants.O_APPEND);
    const { size } = await file.stat();
    const before = size === 0 ? `${TITLE}\n` : (await this.isCutOff(file, size)) ? '\n' : '';
    await file.appendFile(before + entries.map(lineOf).join(''));
    await file.sync();
  }

  /** Whole or not at all: half a title would make it the file of something else. */
  private async create(): Promise<void> {
    const isThere = await stat(this.path).catch(unlessGone);
    if (isThere) return;
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${randomUUID()}.draft`;
    try {
      await writeFile(draft, `${TITLE}\n`, { flag: 'wx', mode: 0o600, flush: true });
      // Unlike a rename, it leaves what another process has created meanwhile.
      await link(draft, this.path).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return;
        // Some volumes have no links.
        await copyFile(draft, this.path, constants.COPYFILE_EXCL).catch(unlessThere);
      });
    } finally {
      await rm(draft, { force: true });
    }
    await syncFolder(dirname(this.path));
  }

  private async isCutOff(file: FileHandle, size: number): Promise<boolean> {
    const last = Buffer.alloc(1);
    await file.read(last, 0, 1, size - 1);
    return last.toString('latin1') !== '\n';
  }
}

function lineOf({ digest, erasedAt }: ErasedAccount): string {
  return `${digest} ${erasedAt}\n`;
}

async function* linesOf(text: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!.slice(0, LONGEST_LINE);
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Any file can be named as a ledger: one without line ends must not fill the memory. Characters. */
const LONGEST_LINE = 200;

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
