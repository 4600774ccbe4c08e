import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { McpError } from '../mcp.error.js';
import type { SandboxSpec } from './sandbox-spec.js';
import { type Command, readableOf, sandboxedCommand } from './sandboxed-command.js';
import type { SandboxTools } from './sandbox-tools.js';

const run = promisify(execFile);

/** How long it may take to give a folder to another user. Milliseconds. */
const CHOWN_MS = 30_000;

export interface Confinement {
  readonly spec: SandboxSpec;
  /** The script that the command runs, of a package. */
  readonly script: string | undefined;
  readonly folders: readonly string[];
}

/**
 * The command that runs a server as its profile says. It never runs otherwise.
 *
 * @throws McpError `mcp_unavailable` where it cannot be confined here
 */
export async function confine(
  command: Command,
  { spec, script, folders }: Confinement,
  tools: SandboxTools,
): Promise<Command> {
  const missing = await tools.missing(spec);
  if (missing !== undefined) {
    throw new McpError('mcp_unavailable', undefined, {
      reason: `It cannot be confined as its profile says: ${missing}.`,
    });
  }
  const [own] = folders;
  if (own !== undefined && spec.user !== undefined) await giveTo(spec.user, own);
  const readable = readableOf(command.command, script);
  return sandboxedCommand(command, spec, { readable, folders }, tools);
}

/** What is in the folder of a user was made by the gateway, or by the server under another number. */
async function giveTo(user: number, folder: string): Promise<void> {
  if ((await stat(folder)).uid === user) return;
  // Links are not followed.
  await run('/bin/chown', ['-RPh', `${user}:${user}`, folder], { timeout: CHOWN_MS });
}
