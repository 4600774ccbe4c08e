import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { lstat, opendir, readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { McpConnections } from '../connections/mcp-connections.js';
import { mcpConfig, type McpConfig } from '../mcp.config.js';
import { isUserId, userDirectory, usersDirectory } from '../targets/placeholders.js';
import { isTextFile } from './is-text-file.js';
import { readFile } from './read-file.js';

/** What a file takes on the disk, however little is in it. Bytes. */
const BLOCK_BYTES = 4_096;

/** A file of a person. Exactly one of `text` and `base64` is there, to be read as it is sent. */
interface ExportedFile {
  readonly path: string;
  readonly modifiedAt: string;
  readonly text?: Readable;
  readonly base64?: Readable;
}

/** What the tools of one person keep in the person's own folder. */
@Injectable()
export class UserFiles {
  readonly tables: readonly string[] = [];
  /** Instances need not share their disks, and each has connections of its own. */
  readonly isPerInstance = true;

  constructor(
    @Inject(mcpConfig.KEY) private readonly config: McpConfig,
    private readonly connections: McpConnections,
  ) {}

  /** Every regular file. A link is none: it could lead out of the folder. */
  async exportOf(accountId: string): Promise<AsyncIterable<ExportedFile>> {
    return exportedFiles(userDirectory(this.config.dataDir, accountId));
  }

  /**
   * What the files of one person take here, in bytes. Each file and folder counts as a block at least, so that many
   * empty ones are not nothing; and counting ends beyond `enough`.
   */
  async sizeOf(accountId: string, enough = Number.POSITIVE_INFINITY): Promise<number> {
    const folder = userDirectory(this.config.dataDir, accountId);
    let size = 0;
    const entries = await opendir(folder, { recursive: true }).catch(unlessGone);
    for await (const entry of entries ?? []) {
      const status = await lstat(join(entry.parentPath, entry.name)).catch(unlessGone);
      size += Math.max(BLOCK_BYTES, status?.isFile() ? status.size : 0);
      if (size > enough) break;
    }
    return size;
  }

  /** The accounts that have files or connections on this instance. */
  async owners(): Promise<string[]> {
    const folders = await readdir(usersDirectory(this.config.dataDir)).catch(unlessGone);
    const ours = (folders ?? []).filter(isUserId);
    return [...new Set([...ours, ...this.connections.users()])];
  }

  /** Servers are stopped first, as one of them could write its file again. */
  async erase(accountId: string): Promise<void> {
    const folder = userDirectory(this.config.dataDir, accountId);
    await this.connections.closeUser(accountId);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** For commands of operators: works as a user without an account. What servers kept for this user is erased afterwards. */
  async asTrialUser<Result>(work: (accountId: string) => Promise<Result>): Promise<Result> {
    const accountId = randomUUID();
    try {
      return await work(accountId);
    } finally {
      await this.erase(accountId);
    }
  }
}

async function* exportedFiles(folder: string): AsyncGenerator<ExportedFile> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unlessGone);
  for (const entry of entries ?? []) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const status = await lstat(file).catch(unlessGone);
    if (!status) continue;
    yield {
      path: relative(folder, file).split(sep).join('/'),
      modifiedAt: status.mtime.toISOString(),
      ...((await isTextFile(file))
        ? { text: readFile(file, 'utf8') }
        : { base64: readFile(file, 'base64') }),
    };
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
