import { keepsUserFiles } from '@app/mcp';
import type { Profile } from './profile.js';

/** What one profile says of a sandbox that could not hold; undefined if nothing does. */
export function badSandbox({ servers }: Profile): string | undefined {
  for (const [index, server] of servers.entries()) {
    const sandbox = server.transport === 'stdio' ? server.sandbox : undefined;
    if (!sandbox || sandbox.filesystem !== undefined) continue;
    const field = `servers/${index}/sandbox`;
    if (sandbox.readable) return `${field}/readable needs filesystem`;
    if (sandbox.network === false) {
      return `${field}/network needs filesystem: sockets in folders lead to what listens on this machine`;
    }
    if (sandbox.user !== undefined && keepsUserFiles(server)) {
      return `${field}/user cannot reach {userDir} without filesystem`;
    }
  }
  return undefined;
}

/** The folder of a person is one for all profiles. Two users of the system would take it from each other. */
export function rivalUser(
  profiles: readonly Profile[],
): { profile: Profile; reason: string } | undefined {
  let first: number | undefined;
  for (const profile of profiles) {
    for (const [index, server] of profile.servers.entries()) {
      const user = server.transport === 'stdio' ? server.sandbox?.user : undefined;
      if (user === undefined || !keepsUserFiles(server)) continue;
      first ??= user;
      if (user === first) continue;
      const reason = `servers/${index}/sandbox/user has to be ${first}, as for all servers with {userDir}`;
      return { profile, reason };
    }
  }
  return undefined;
}
