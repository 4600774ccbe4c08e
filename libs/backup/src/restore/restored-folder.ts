import { DATABASE_FILE, UNFINISHED_RESTORE } from '@app/persistence';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ArchiveEntry } from '../archive/archive-reader.js';
import { FILES, SQLITE } from '../archive/layout.js';
import { BackupError } from '../backup.error.js';
import { syncFolder } from '../files/sync-folder.js';
import { unlessGone } from '../files/unless-gone.js';
import { isSaved, STAGING } from '../sources/data-files.js';

/** What the mark of a restore says: of which backup it is, and what it has put into the folder. */
const MARK = z.object({ backup: z.string(), names: z.array(z.string()) });

/**
 * `DATA_DIR` while a backup is restored into it. What is read is gathered in a folder of its own, and moved in place when
 * all of it is there. Meanwhile a mark keeps gateways from starting, and tells the next restore what to take away.
 */
export class RestoredFolder {
  private readonly staging: string;
  private readonly mark: string;
  private readonly folders = new Set<string>();

  constructor(private readonly dataDir: string) {
    this.staging = join(dataDir, STAGING);
    this.mark = join(dataDir, UNFINISHED_RESTORE);
  }

  /** Where the embedded database lies until it is moved in place. */
  get stagedDatabase(): string {
    return join(this.staging, DATABASE_FILE);
  }

  /** The backup of an interrupted restore. */
  get interrupted(): string | undefined {
    return this.readMark()?.backup;
  }

  /** Whether there is nothing but what an interrupted restore has left. @throws BackupError `backup_not_empty` */
  async assertEmpty(): Promise<void> {
    const own = new Set(this.readMark()?.names);
    const names = (await readdir(this.dataDir).catch(unlessGone)) ?? [];
    const database = names.filter((name) => name.startsWith(DATABASE_FILE));
    const inTheWay = [...names.filter(isSaved), ...database].filter((name) => !own.has(name));
    if (inTheWay.length === 0) return;
    throw BackupError.notEmpty(`DATA_DIR holds ${inTheWay.slice(0, 5).join(', ')}`);
  }

  async begin(backup: string): Promise<void> {
    await this.clear();
    await mkdir(this.staging, { recursive: true, mode: 0o700 });
    await this.writeMark(backup, []);
  }

  /** Stages a file. Others are left to be read. */
  async take(content: string, entry: ArchiveEntry, bytes: AsyncIterable<Buffer>): Promise<void> {
    const path = content === SQLITE ? DATABASE_FILE : pathOf(content);
    if (path === undefined) return;
    const staged = join(this.staging, path);
    await this.makeFolder(dirname(staged));
    const file = await open(staged, 'wx', entry.mode & 0o777);
    await pipeline(bytes, createWriteStream('', { fd: file, flush: true }));
    await utimes(staged, entry.mtime, entry.mtime);
  }

  /** The database last: without it the folder is that of no system. */
  async moveIn(backup: string): Promise<void> {
    const names = (await readdir(this.staging)).toSorted(
      (a, b) => Number(a === DATABASE_FILE) - Number(b === DATABASE_FILE),
    );
    await this.writeMark(backup, names);
    for (const name of names) await rename(join(this.staging, name), join(this.dataDir, name));
    await syncFolder(this.dataDir);
  }

  async finish(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true });
    await rm(this.mark, { force: true });
    await syncFolder(this.dataDir);
  }

  /** As if no restore had begun. */
  async clear(): Promise<void> {
    for (const name of this.readMark()?.names ?? []) {
      await rm(join(this.dataDir, name), { recursive: true, force: true });
    }
    await rm(this.staging, { recursive: true, force: true });
    await rm(this.mark, { force: true });
  }

  private async makeFolder(path: string): Promise<void> {
    if (this.folders.has(path)) return;
    await mkdir(path, { recursive: true, mode: 0o700 });
    this.folders.add(path);
  }

  private readMark(): z.infer<typeof MARK> | undefined {
    if (!existsSync(this.mark)) return undefined;
    return MARK.safeParse(JSON.parse(readFileSync(this.mark, 'utf8') || '{}')).data;
  }

  /** Whole or not at all. */
  private async writeMark(backup: string, names: readonly string[]): Promise<void> {
    const draft = `${this.mark}.draft`;
    await writeFile(draft, JSON.stringify({ backup, names }), { mode: 0o600, flush: true });
    await rename(draft, this.mark);
    await syncFolder(this.dataDir);
  }
}

/** The place of a file under `DATA_DIR`; undefined for what is no file. @throws BackupError `backup_damaged` */
function pathOf(content: string): string | undefined {
  if (!content.startsWith(FILES)) return undefined;
  const path = normalize(content.slice(FILES.length));
  const [top = ''] = path.split('/');
  if (path.startsWith('/') || ['', '.', '..'].includes(top) || !isSaved(top)) {
    throw BackupError.damaged('it has a file outside of DATA_DIR');
  }
  return path;
}
