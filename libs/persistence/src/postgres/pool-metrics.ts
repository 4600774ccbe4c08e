import { gauge } from '@app/metrics';
import type pg from 'pg';

const connections = gauge({
  name: 'gateway_database_connections',
  help: 'Connections to PostgreSQL, idle or in use, and statements that wait for one.',
  labels: ['state'],
});

export function measurePool(pool: pg.Pool): void {
  connections.readFrom(() => {
    if (pool.ended) return [];
    const { totalCount, idleCount, waitingCount } = pool;
    return [
      { labels: { state: 'idle' }, value: idleCount },
      { labels: { state: 'in_use' }, value: totalCount - idleCount },
      { labels: { state: 'waiting' }, value: waitingCount },
    ];
  });
}
