import type { McpConfig } from '../mcp.config.js';
import { McpError } from '../mcp.error.js';
import type { PooledConnection } from './pooled-connection.js';

/**
 * The idle connections to close so that one more fits within the limits: those that were used least recently.
 *
 * @throws McpError `mcp_unavailable` if every connection is in use
 */
export function idleInTheWay(
  entry: PooledConnection,
  others: readonly PooledConnection[],
  { maxProcesses, maxConnections }: Pick<McpConfig, 'maxProcesses' | 'maxConnections'>,
): PooledConnection[] {
  // Those that only wait for their process to end are not counted: that takes two seconds at most.
  const open = others.filter((other) => !other.isClosing);
  const processes = entry.isProcess ? oldestIdle(open.filter(isProcess), maxProcesses) : [];
  const rest = open.filter((other) => !processes.includes(other));
  return [...processes, ...oldestIdle(rest, maxConnections)];
}

function isProcess(entry: PooledConnection): boolean {
  return entry.isProcess;
}

function oldestIdle(counted: readonly PooledConnection[], limit: number): PooledConnection[] {
  if (counted.length < limit) return [];
  const [oldest] = counted.filter((one) => one.isIdle).sort((a, b) => a.usedAt - b.usedAt);
  if (oldest) return [oldest];
  throw new McpError('mcp_unavailable', 'Too many tool servers are in use at the moment.');
}
