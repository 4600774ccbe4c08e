import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { generateKey } from '../../../libs/backup/src/archive/age.js';
import {
  type ModelServer,
  startModelServer,
} from '../../../libs/models/src/testing/model-server.js';
import { says } from '../../../libs/models/src/testing/open-ai-answers.js';
import { type Answer, aUser, call, say, type Tokens, type User } from '../client.ts';
import { runCommand } from '../command.ts';
import { aSecret, freePort, freshStorage, type Gateway, startGateway } from '../gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../models.ts';
import { aHostileProfile, aProfile, aProfilesDir, withoutTitles } from '../profiles.ts';
import { assertStatus, SOON, type Stage } from './cause.ts';
import { type Scrape, scrape } from './scrape.ts';
import { SlowMessages } from './slow-messages.ts';

/** So few that a test can open most of them, and so many that connections may take most of them. */
const MOST_FILES = 1_200;

/** No address may have most of the connections. */
const CLIENT_ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];

/** The longest time that an assistant may take. Seconds. */
const PATIENCE = 120;

/** One gateway on the embedded database, with a disk of its own for its log, with few file descriptors, and the models, servers and users around it. */
export class AlertStage implements Stage {
  readonly logs = mkdtempSync(join(tmpdir(), 'alerts-'));
  gateway!: Gateway;
  user!: User;
  main!: ModelServer;
  first!: ModelServer;
  slowMessages!: SlowMessages;
  private slow!: ModelServer;
  private environment!: Record<string, string>;
  private readonly agent = new Agent({ connections: 20 });
  private readonly sockets: Socket[] = [];

  async start(): Promise<void> {
    this.main = await startModelServer(says('Hello.'));
    this.first = await startModelServer(says('Hello.'));
    this.slow = await startModelServer(says('Hello.'));
    this.slowMessages = new SlowMessages(this.slow);
    const timeouts = {
      connectMs: 20_000,
      firstTokenMs: PATIENCE * 1_000,
      totalMs: PATIENCE * 1_000,
    };
    const { recipient } = await generateKey();
    this.environment = {
      DATA_DIR: (await freshStorage()).DATA_DIR!,
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      PORT: String(await freePort()),
      HOST: '127.0.0.1',
      METRICS_PORT: String(await freePort()),
      LOG_FILE: join(this.logs, 'gateway.log'),
      LIMIT_EXPORT: '1/1h',
      BACKUP_RECIPIENT: recipient,
      [MODEL_KEY]: aSecret(),
      MODELS_DIR: aModelsDir(
        aModelFile('main', this.main.url, { default: true, timeouts }),
        aModelFile('first', this.first.url),
        aModelFile('slow', this.slow.url, { timeouts }),
      ),
      PROFILES_DIR: aProfilesDir({
        ...withoutTitles('notes'),
        'fallback.json': talking('fallback', { name: 'first', fallbacks: ['main'] }),
        'slow.json': talking('slow', { name: 'slow' }),
        'talk.json': talking('talk', { name: 'main' }),
        'crashing.json': {
          ...talking('crashing', { name: 'main' }),
          ...servedBy(aHostileProfile('crashes-on-call')),
          toolRisks: { echo: 'read' },
        },
      }),
    };
    await this.restart();
    this.user = await aUser(this.gateway);
    await this.backUp();
  }

  /** As a timer would. */
  async backUp(): Promise<void> {
    const { code, stderr } = await runCommand(this.gateway, 'backup', 'create');
    if (code !== 0) throw new Error(`no backup was made: ${stderr}`);
  }

  /** Kills it, if it runs, and starts it on the same storage. */
  async restart(): Promise<void> {
    await this.gateway?.kill();
    const isRoot = process.getuid?.() === 0;
    this.gateway = await startGateway({
      environment: this.environment,
      // A disk for its log that only this process has. Without root it takes a namespace of users.
      under: [
        'unshare',
        ...(isRoot ? [] : ['--map-root-user']),
        '--mount',
        'sh',
        '-c',
        `mount -t tmpfs -o size=4m tmpfs ${this.logs} && ulimit -n ${MOST_FILES} && exec "$@"`,
        'sh',
      ],
    });
  }

  async close(): Promise<void> {
    this.slowMessages.releaseAll();
    this.closeSockets();
    await this.agent.close();
    await Promise.all([this.main, this.first, this.slow].map((server) => server.close()));
    rmSync(this.logs, { recursive: true });
  }

  scrape(): Promise<Scrape> {
    return scrape(`http://127.0.0.1:${this.environment.METRICS_PORT}/metrics`);
  }

  async value(sample: string): Promise<number | undefined> {
    return (await this.scrape()).samples.get(sample);
  }

  async use(): Promise<void> {
    const { username, password } = this.user;
    const { data } = await this.signIn(username, password);
    this.user = { ...this.user, token: data.accessToken };
    await this.signInWithUnknownName();
    const { gateway, user } = this;
    await this.list(12);
    await say(gateway, user, 'notes', '/list_notes');
    await say(gateway, user, 'talk', 'Hello');
    await say(gateway, user, 'fallback', 'Hello');
  }

  signInWithUnknownName(): Promise<{ readonly status: number }> {
    return this.signIn(`unknown-${randomUUID().slice(0, 8)}`, this.user.password);
  }

  /** Requests that succeed at once. */
  async list(count: number): Promise<void> {
    await this.many(count, () => this.get('/api/profiles', 200));
  }

  /** Requests that are refused at once. */
  async knock(count: number): Promise<void> {
    await this.many(count, async () => {
      const { body } = await request(`${this.gateway.url}/api/profiles`, {
        dispatcher: this.agent,
      });
      await body.dump();
    });
  }

  async get(path: string, status: number): Promise<void> {
    assertStatus(await call(this.gateway, path, { token: this.user.token }), status);
  }

  /** Not all at once. */
  async many(count: number, once: () => Promise<unknown>): Promise<void> {
    for (let done = 0; done < count; done += 20)
      await Promise.all(Array.from({ length: Math.min(20, count - done) }, once));
  }

  /** While a table of the database has another name. */
  async withoutTable(name: string, work: () => Promise<unknown>): Promise<void> {
    this.change(`alter table ${name} rename to ${name}_away`);
    try {
      await work();
    } finally {
      this.change(`alter table ${name}_away rename to ${name}`);
    }
  }

  /** As another process would: writers wait until it is undone. */
  lock(): () => void {
    const database = this.database();
    database.exec('begin immediate');
    return () => void database.close();
  }

  async shareOfFiles(): Promise<number> {
    const { samples } = await this.scrape();
    return samples.get('process_open_fds')! / samples.get('process_max_fds')!;
  }

  /** Opens connections that say nothing, until most file descriptors are in use. */
  async fillFiles(): Promise<void> {
    const missing = Math.ceil((0.84 - (await this.shareOfFiles())) * MOST_FILES);
    await this.openSockets(Math.max(0, missing));
    await vi.waitUntil(async () => (await this.shareOfFiles()) > 0.81, SOON);
  }

  private openSockets(count: number): Promise<unknown> {
    const port = Number(this.environment.PORT);
    const opened = Array.from({ length: count }, (_, index) => {
      const localAddress = CLIENT_ADDRESSES[index % CLIENT_ADDRESSES.length]!;
      const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
      this.sockets.push(socket);
      return new Promise((done) => socket.once('connect', done));
    });
    return Promise.all(opened);
  }

  closeSockets(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }

  private signIn(username: string, password: string): Promise<Answer<Tokens>> {
    return call<Tokens>(this.gateway, '/api/auth/login', { body: { username, password } });
  }

  private change(statement: string): void {
    const database = this.database();
    database.exec(statement);
    database.close();
  }

  private database(): Database.Database {
    return new Database(join(this.environment.DATA_DIR!, 'gateway.sqlite'), { timeout: 10_000 });
  }
}

function talking(id: string, model: object): object {
  return aProfile(id, {
    engine: 'model',
    model: { ...model, titles: false },
    limits: { seconds: PATIENCE, resultBytes: 65_536 },
  });
}

function servedBy(profile: object): object {
  const { servers, allowedTools, defaultTool } = profile as Record<string, unknown>;
  return { servers, allowedTools, defaultTool };
}
