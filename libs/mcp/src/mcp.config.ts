import { integerVariable, parseEnvironment, runMode, textVariable } from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';

export interface McpConfig {
  /** Absolute folder behind `{dataDir}` and `{userDir}`. @default ./data */
  readonly dataDir: string;
  /** A connection without a call for this long is closed. Seconds. @default 300 */
  readonly idleSeconds: number;
  /** Most connections that this process holds open, child processes included. @default 200 */
  readonly maxConnections: number;
  /** Most child processes among the connections: each costs tens of megabytes, a socket does not. @default 50 */
  readonly maxProcesses: number;
  /** How long a call waits for a slot where all connections are in use. Seconds. @default 15 */
  readonly queueSeconds: number;
  /** Most connections that wait for a slot. @default 1000 */
  readonly queueLength: number;
  /** Servers on this machine may be reached over HTTP without being listed in the profile. @default outside production */
  readonly allowsLoopback: boolean;
  /** The variables that `{env:NAME}` may name: those that start with `MCP_SECRET_`, and no other. */
  readonly secrets: ReadonlyMap<string, string>;
}

export const mcpConfig = registerAs('mcp', (): McpConfig => {
  const environment = parseEnvironment<{
    DATA_DIR: string;
    MCP_IDLE_SECONDS: number;
    MCP_MAX_CONNECTIONS: number;
    MCP_MAX_PROCESSES: number;
    MCP_QUEUE_LENGTH: number;
    MCP_QUEUE_SECONDS: number;
  }>(
    {
      DATA_DIR: textVariable().default('./data'),
      MCP_IDLE_SECONDS: integerVariable(300, { min: 1, max: 86_400 }).describe(
        'Seconds after which an unused connection to an MCP server is closed.',
      ),
      MCP_MAX_CONNECTIONS: integerVariable(200, { min: 1, max: 10_000 }).describe(
        'Most open connections to MCP servers of one process, child processes included.',
      ),
      MCP_MAX_PROCESSES: integerVariable(50, { min: 1, max: 10_000 }).describe(
        'Most child processes of one process; each takes about 80 MB.',
      ),
      MCP_QUEUE_LENGTH: integerVariable(1000, { min: 1, max: 100_000 }).describe(
        'Most entries in the queue for a free connection to an MCP server.',
      ),
      MCP_QUEUE_SECONDS: integerVariable(15, { min: 1, max: 120 }).describe(
        'Seconds that a message waits at most for a free connection to an MCP server.',
      ),
    },
    process.env,
  );
  return {
    dataDir: resolve(environment.DATA_DIR),
    idleSeconds: environment.MCP_IDLE_SECONDS,
    maxConnections: environment.MCP_MAX_CONNECTIONS,
    maxProcesses: environment.MCP_MAX_PROCESSES,
    queueLength: environment.MCP_QUEUE_LENGTH,
    queueSeconds: environment.MCP_QUEUE_SECONDS,
    allowsLoopback: runMode(process.env) !== 'production',
    secrets: new Map(
      Object.entries(process.env).filter(
        (entry): entry is [string, string] => entry[0].startsWith('MCP_SECRET_') && !!entry[1],
      ),
    ),
  };
});
