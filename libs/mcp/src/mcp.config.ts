import { integerVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
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
  /** The variables that `{env:NAME}` may name: those that start with `MCP_SECRET_`, and no other. */
  readonly secrets: ReadonlyMap<string, string>;
}

export const mcpConfig = registerAs('mcp', (): McpConfig => {
  const environment = parseEnvironment<{
    DATA_DIR: string;
    MCP_IDLE_SECONDS: number;
    MCP_MAX_CONNECTIONS: number;
    MCP_MAX_PROCESSES: number;
  }>(
    {
      DATA_DIR: Joi.string().default('./data'),
      MCP_IDLE_SECONDS: integerVariable(300, { min: 1, max: 86_400 }).description(
        'Seconds after which an unused connection to an MCP server is closed.',
      ),
      MCP_MAX_CONNECTIONS: integerVariable(200, { min: 1, max: 10_000 }).description(
        'Most open connections to MCP servers of one process, child processes included.',
      ),
      MCP_MAX_PROCESSES: integerVariable(50, { min: 1, max: 10_000 }).description(
        'Most child processes of one process; each takes about 80 MB.',
      ),
    },
    process.env,
  );
  return {
    dataDir: resolve(environment.DATA_DIR),
    idleSeconds: environment.MCP_IDLE_SECONDS,
    maxConnections: environment.MCP_MAX_CONNECTIONS,
    maxProcesses: environment.MCP_MAX_PROCESSES,
    secrets: new Map(
      Object.entries(process.env).filter(
        (entry): entry is [string, string] => entry[0].startsWith('MCP_SECRET_') && !!entry[1],
      ),
    ),
  };
});
