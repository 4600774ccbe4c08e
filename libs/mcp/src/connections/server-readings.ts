import { gauge } from '@app/metrics';
import type { ConnectionOpener } from './connection-opener.js';
import type { ConnectionSlots } from './connection-slots.js';
import type { PooledConnection } from './pooled-connection.js';
import {
  serverKeyOf,
  type ServerName,
  type ServerRecord,
  type ServerRecords,
} from './server-records.js';

/** For operators: which server it is, where `/health/ready` has but numbers. */
const serverConnections = gauge({
  name: 'gateway_mcp_server_connections',
  help: 'Connections of this process to the MCP servers of profiles: waiting for a slot, opening, idle, in use or closing; paused is 1 while a server is paused because it fails for several users.',
  labels: ['profile', 'server', 'state'],
});

type ConnectionState = 'waiting' | 'opening' | 'idle' | 'in_use' | 'closing';

/** How one server fares in this process. */
export interface ServerHealth extends ServerRecord {
  /** Connections that are open. */
  readonly open: number;
  /** Connections that wait for their turn to be opened. */
  readonly waiting: number;
  /** When it is tried again; undefined unless it is paused, as it fails for one user after the other. */
  readonly retryAt: Date | undefined;
}

export interface ReadParts {
  readonly entries: () => readonly PooledConnection[];
  readonly opener: Pick<ConnectionOpener, 'failing' | 'paused' | 'pauseOf'>;
  readonly slots: Pick<ConnectionSlots, 'waiting'>;
  readonly records: ServerRecords;
}

/** What operators see of the connections of this process: metrics, numbers for probes, and one server after the other. */
export class ServerReadings {
  private readonly forget: () => void;

  constructor(private readonly parts: ReadParts) {
    this.forget = serverConnections.readFrom(() => [
      ...parts.entries().map((entry) => reading(entry.serverKey, stateOf(entry))),
      ...parts.opener.paused.map((serverKey) => reading(serverKey, 'paused')),
    ]);
  }

  /** No metric is read from it any more. */
  end(): void {
    this.forget();
  }

  /** `failing`: connections whose last attempt to open failed, not long ago. `paused`: servers that fail for all users. */
  summary(): { open: number; failing: number; paused: number; waiting: number } {
    const { entries, opener, slots } = this.parts;
    const open = entries().filter(({ connection }) => connection?.unusable === false).length;
    const { failing, paused } = opener;
    return { open, failing, paused: paused.length, waiting: slots.waiting };
  }

  of(server: ServerName): ServerHealth {
    const { entries, opener, records } = this.parts;
    const key = serverKeyOf(server);
    const states = entries()
      .filter(({ serverKey }) => serverKey === key)
      .map(stateOf);
    const pauseMs = opener.pauseOf(key);
    return {
      ...records.of(server),
      open: states.filter((state) => state === 'idle' || state === 'in_use').length,
      waiting: states.filter((state) => state === 'waiting').length,
      retryAt: pauseMs === undefined ? undefined : new Date(Date.now() + pauseMs),
    };
  }
}

function reading(serverKey: string, state: ConnectionState | 'paused') {
  const [profile, server] = JSON.parse(serverKey) as [string, string];
  return { labels: { profile, server, state }, value: 1 };
}

function stateOf(entry: PooledConnection): ConnectionState {
  if (entry.isLeaving) return 'closing';
  if (entry.isWaiting) return 'waiting';
  if (entry.isOpening) return 'opening';
  return entry.users > 0 ? 'in_use' : 'idle';
}
