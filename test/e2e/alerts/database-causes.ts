import pg from 'pg';
import { aUser, call, say, type User } from '../client.ts';
import { DatabaseGate } from '../database-gate.ts';
import { freePort, freshStorage, type Gateway, startGateway } from '../gateway.ts';
import { assertStatus, type Causes, SOON, type Stage } from './cause.ts';
import { type Scrape, scrape } from './scrape.ts';

const CONVERSATIONS = '/api/chat/conversations';
const WAITING = 'gateway_database_connections{state="waiting"}';

/** More than there are connections in the pool. */
const REQUESTS = 12;

/** A gateway, and a way to PostgreSQL that can be closed. */
export class DatabaseStage implements Stage {
  gateway!: Gateway;
  private user!: User;
  private gate!: DatabaseGate;
  private gatePort!: number;
  private isOpen = true;
  private metricsUrl!: string;
  private locking: pg.Client | undefined;
  private waiting: Promise<unknown>[] = [];

  async start(): Promise<void> {
    const storage = await freshStorage();
    const url = new URL(storage.DATABASE_URL!);
    this.gate = new DatabaseGate(new URL(url));
    this.gatePort = await this.gate.open();
    [url.hostname, url.port] = ['127.0.0.1', String(this.gatePort)];
    const metricsPort = String(await freePort());
    this.metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
    this.gateway = await startGateway({
      environment: {
        ...storage,
        DATABASE_URL: url.href,
        HOST: '127.0.0.1',
        METRICS_PORT: metricsPort,
      },
    });
    this.user = await aUser(this.gateway);
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    await this.closeGate();
  }

  scrape(): Promise<Scrape> {
    return scrape(this.metricsUrl);
  }

  async use(): Promise<void> {
    await this.list(200);
    await say(this.gateway, this.user, 'notes', '/list_notes');
  }

  async list(status: number): Promise<void> {
    assertStatus(await call(this.gateway, CONVERSATIONS, { token: this.user.token }), status);
  }

  async closeGate(): Promise<void> {
    if (this.isOpen) await this.gate.close();
    this.isOpen = false;
  }

  async openGate(): Promise<void> {
    await this.gate.open(this.gatePort);
    this.isOpen = true;
    const isReady = async () => (await call(this.gateway, '/health/ready')).status === 200;
    await vi.waitUntil(isReady, { timeout: 60_000 });
  }

  /** Requests that wait for a lock, and for a connection. */
  async lock(): Promise<void> {
    if (this.locking) return;
    this.locking = new pg.Client({ connectionString: this.gateway.environment.DATABASE_URL });
    await this.locking.connect();
    await this.locking.query('begin');
    await this.locking.query('lock table conversations in access exclusive mode');
    this.waiting = Array.from({ length: REQUESTS }, () => this.list(200));
    await vi.waitUntil(async () => (await this.scrape()).samples.get(WAITING)! > 0, SOON);
  }

  async unlock(): Promise<void> {
    await this.locking?.end();
    await Promise.all(this.waiting);
  }
}

/** Why alerts are raised that need PostgreSQL. */
export const DATABASE_CAUSES: Causes<DatabaseStage> = {
  GatewayErrors: {
    what: 'the database is away',
    round: async (stage) => {
      await stage.closeGate();
      for (let request = 0; request < 3; request += 1) await stage.list(503);
    },
    end: (stage) => stage.openGate(),
  },
  GatewayDatabaseBusy: {
    what: 'another transaction locks a table',
    round: (stage) => stage.lock(),
    end: (stage) => stage.unlock(),
  },
};
