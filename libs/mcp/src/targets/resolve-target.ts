import { createHash } from 'node:crypto';
import type { McpConfig } from '../mcp.config.js';
import type { SandboxSpec } from '../sandbox/sandbox-spec.js';
import { secretsOf } from './secrets-of.js';
import type { McpServerSpec, McpTarget } from './mcp-target.js';
import type { TargetAuthorization } from './authorized-target.js';
import {
  fillPlaceholders,
  userFolders,
  userDirectory,
  type PlaceholderScope,
} from './placeholders.js';

/** A server with every placeholder filled in: enough to connect, and secret. */
export type ResolvedServer =
  | {
      transport: 'stdio';
      run: { module: string } | { command: string };
      args: string[];
      env: Record<string, string>;
      /** Folders of the user to be created before the process starts. */
      folders: string[];
      sandbox?: SandboxSpec;
    }
  | {
      transport: 'http';
      url: string;
      headers: Record<string, string>;
      allowPrivateAddresses: readonly string[];
      passesTrace: boolean;
    }
  | { transport: 'built-in'; name: string; accountId: string };

export interface ResolvedTarget {
  /** Two calls share a connection exactly if their keys are equal. */
  key: string;
  /** Whose connection it is; undefined if it is shared. */
  accountId: string | undefined;
  profileId: string;
  serverName: string;
  startMs: number;
  /** The server is told so when the connection is opened. */
  allowsSampling: boolean;
  server: ResolvedServer;
  /** Values that must not be in a log. */
  secrets: readonly string[];
  /** Of a server that each user has to connect. */
  authorization?: TargetAuthorization;
}

const DEFAULT_START_SECONDS = 20;

/** @throws McpError `mcp_unavailable` if a placeholder has no value */
export function resolveTarget(
  target: McpTarget,
  config: Pick<McpConfig, 'dataDir' | 'secrets'>,
): ResolvedTarget {
  // A built-in server acts for one user, whatever the profile says: shared, it would act for the first caller.
  const perUser = target.isolation === 'per-user' || target.server.transport === 'built-in';
  const accountId = perUser ? target.accountId : undefined;
  if (accountId !== undefined) userDirectory(config.dataDir, accountId);
  const server = resolveServer(target.server, { ...config, accountId }, target.accountId);
  return {
    // The hash stands for the credential: a call with another one must not meet this connection.
    key: JSON.stringify([
      accountId ?? null,
      target.profileId,
      target.server.name,
      createHash('sha256').update(JSON.stringify(server)).digest('base64url'),
      ...(target.allowsSampling ? ['sampling'] : []),
    ]),
    accountId,
    profileId: target.profileId,
    serverName: target.server.name,
    allowsSampling: target.allowsSampling ?? false,
    startMs: (target.startSeconds ?? DEFAULT_START_SECONDS) * 1000,
    server,
    secrets: secretsOf(server, config.secrets.values()),
  };
}

function resolveServer(
  spec: McpServerSpec,
  scope: PlaceholderScope,
  caller: string,
): ResolvedServer {
  switch (spec.transport) {
    case 'stdio': {
      const args = spec.args ?? [];
      const env = spec.env ?? {};
      return {
        transport: 'stdio',
        run: 'module' in spec ? { module: spec.module } : { command: spec.command },
        args: args.map((value) => fillPlaceholders(value, scope)),
        env: fillValues(env, scope),
        folders: userFolders([...args, ...Object.values(env)], scope),
        ...(spec.sandbox && { sandbox: spec.sandbox }),
      };
    }
    case 'http':
      return {
        transport: 'http',
        url: fillPlaceholders(spec.url, scope, encodeURIComponent),
        headers: fillValues(spec.headers ?? {}, scope),
        allowPrivateAddresses: spec.allowPrivateAddresses ?? [],
        passesTrace: spec.passTrace ?? false,
      };
    case 'built-in':
      return { transport: 'built-in', name: spec.name, accountId: caller };
  }
}

function fillValues(
  templates: Record<string, string>,
  scope: PlaceholderScope,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(templates).map(([name, value]) => [name, fillPlaceholders(value, scope)]),
  );
}
