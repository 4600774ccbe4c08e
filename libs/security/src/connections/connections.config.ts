import { durationOf, durationVariable, integerVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface ConnectionsConfig {
  /** How long a connection may idle between two requests. Milliseconds; longer than the proxy's. @default 65s */
  readonly keepAlive: number;
  /** Most open connections of this process. @default 10_000, or what the open files of the process allow */
  readonly mostInAll: number;
  /** Most open connections of one client address; the trusted proxies are exempt. @default 1_000 */
  readonly mostPerAddress: number;
  /** How long a stop waits for what has begun. Milliseconds. @default 130s */
  readonly shutdownDrain: number;
}

interface Variables {
  KEEP_ALIVE: string;
  MAX_CONNECTIONS: number;
  MAX_CONNECTIONS_PER_IP: number;
  SHUTDOWN_DRAIN: string;
}

/** Open files that are left to the database, the log, MCP servers and the like. */
const OTHER_FILES = 200;

export const connectionsConfig = registerAs('connections', (): ConnectionsConfig => {
  const variables = parseEnvironment<Variables>(
    {
      KEEP_ALIVE: durationVariable('65s', { min: '1s', max: '1h' }).describe(
        'How long a connection may be idle between two requests. Set it longer than the idle timeout of the proxy.',
      ),
      MAX_CONNECTIONS: integerVariable(10_000, { min: 10, max: 1_000_000 }).describe(
        'Most open connections of one process; the limit of open files (ulimit -n) applies as well.',
      ),
      MAX_CONNECTIONS_PER_IP: integerVariable(1_000, { min: 1, max: 1_000_000 }).describe(
        'Most open connections of one client address; the proxies of TRUST_PROXY are exempt.',
      ),
      SHUTDOWN_DRAIN: durationVariable('130s', { min: '0s', max: '1h' }).describe(
        'How long the process waits for running calls when it stops.',
      ),
    },
    process.env,
  );
  const mostInAll = Math.min(variables.MAX_CONNECTIONS, filesForConnections());
  return {
    keepAlive: durationOf(variables.KEEP_ALIVE),
    mostInAll,
    // One address alone must not be able to use up what all share.
    mostPerAddress: Math.min(variables.MAX_CONNECTIONS_PER_IP, Math.ceil(mostInAll / 2)),
    shutdownDrain: durationOf(variables.SHUTDOWN_DRAIN),
  };
});

let files: number | undefined;

/** Each connection takes one of the files that the process may open (`ulimit -n`). Without any, no request is served. */
function filesForConnections(): number {
  return (files ??= readLimitOfFiles());
}

function readLimitOfFiles(): number {
  // Otherwise the report looks up the names of all peers.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: unknown } };
  };
  const limit = Number(userLimits?.open_files?.soft);
  return Number.isFinite(limit) ? Math.max(10, limit - OTHER_FILES) : Infinity;
}
