import { Inject, Injectable } from '@nestjs/common';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { McpConnections } from '../connections/mcp-connections.service.js';
import { mcpConfig, type McpConfig } from '../mcp.config.js';
import { isUserId, userDirectory, usersDirectory } from '../targets/placeholders.js';
import { isTextFile } from './is-text-file.js';
import { readFile } from './read-file.js';

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
    @Inject(McpConnections) private readonly connections: McpConnections,
  ) {}

  /** Every regular file. A link is none: it could lead out of the folder. */
  async exportOf(userId: string): Promise<AsyncIterable<ExportedFile>> {
    return exportedFiles(userDirectory(this.config.dataDir, userId));
  }

  /** Of whom there are files here, or connections. */
  async owners(): Promise<string[]> {
    const folders = await readdir(usersDirectory(this.config.dataDir)).catch(unlessGone);
    const ours = (folders ?? []).filter(isUserId);
    return [...new Set([...ours, ...this.connections.users()])];
  }

  /** The servers first, or one of them could write its file anew. */
  async erase(userId: string): Promise<void> {
    const folder = userDirectory(this.config.dataDir, userId);
    await this.connections.closeUser(userId);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
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
