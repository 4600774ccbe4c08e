import { gauge, queueLengths } from '@app/metrics';
import type { PooledConnection } from './pooled-connection.js';

const connections = gauge({
  name: 'gateway_mcp_connections',
  help: 'Connections to MCP servers that are open or opening, by transport. Each stdio connection is one process.',
  labels: ['transport'],
});

const TRANSPORTS = ['built-in', 'http', 'stdio'] as const;

/** @returns what ends it */
export function measureConnections(
  held: ReadonlySet<PooledConnection>,
  waiting: () => number,
): () => void {
  const forgetQueue = queueLengths.readFrom(() => [
    { labels: { queue: 'mcp_connections' }, value: waiting() },
  ]);
  const forget = connections.readFrom(() => {
    const used = [...held].map(({ target }) => target.server.transport);
    return TRANSPORTS.map((transport) => ({
      labels: { transport },
      value: used.filter((one) => one === transport).length,
    }));
  });
  return () => {
    forgetQueue();
    forget();
  };
}
