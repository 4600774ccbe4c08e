import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { McpServerSpec, McpTarget } from '../targets/mcp-target.js';

export const alice = '11111111-1111-4111-8111-111111111111';
export const bob = '22222222-2222-4222-8222-222222222222';

export function aTarget(server: McpServerSpec, overrides: Partial<McpTarget> = {}): McpTarget {
  return {
    profileId: 'assistant',
    server,
    isolation: 'per-user',
    accountId: alice,
    startSeconds: 10,
    ...overrides,
  };
}

/** A server of `hostile-server.mjs`, with the habit that it is named after. */
export function aHostileServer(
  habit: string,
  { argument, env }: { argument?: string; env?: Record<string, string> } = {},
): McpServerSpec {
  const script = fileURLToPath(new URL('hostile-server.mjs', import.meta.url));
  return {
    name: habit,
    transport: 'stdio',
    command: process.execPath,
    args: [script, habit, ...(argument === undefined ? [] : [argument])],
    ...(env && { env }),
  };
}

/** A server of `odd-server.mjs`: it works, with these oddities. */
export function anOddServer(oddities: object = {}): McpServerSpec {
  const script = fileURLToPath(new URL('odd-server.mjs', import.meta.url));
  return {
    name: 'odd',
    transport: 'stdio',
    command: process.execPath,
    args: [script, JSON.stringify(oddities)],
  };
}

export function aModernServer(): McpServerSpec {
  const script = fileURLToPath(new URL('modern-server.mjs', import.meta.url));
  return { name: 'modern', transport: 'stdio', command: process.execPath, args: [script] };
}

/** A process that has ended keeps its id until it is waited for, and counts as ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return (
      !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    );
  } catch {
    return false;
  }
}
