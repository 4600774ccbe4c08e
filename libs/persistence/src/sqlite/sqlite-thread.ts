import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type {
  ScriptOutcome,
  SqliteReply,
  SqliteRequest,
  SqliteScript,
  SqliteThreadOptions,
} from './sqlite.worker.js';

/** What a statement came to. */
export interface SqliteResult {
  readonly rows: unknown[];
  /** Absent for a statement that returns rows. */
  readonly changes?: number | bigint | undefined;
  readonly insertId?: number | bigint | undefined;
}

/** What SQLite refused. Its message and its code are SQLite's own: the ORM tells the kinds apart by them. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteError';

  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

interface Pending {
  readonly resolve: (reply: never) => void;
  readonly reject: (error: Error) => void;
}

/** One connection to the file on a thread of its own, which starts with the first statement, or before it. */
export class SqliteThread {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private isClosed = false;

  constructor(private readonly options: SqliteThreadOptions) {}

  /** Starts the thread now, so that the first statement need not wait for it. The file is opened with that one. */
  warmUp(): void {
    this.worker ??= this.start();
  }

  /** Statements run in the order in which they come. @throws SqliteFailure */
  run(sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    return this.ask((id) => ({ id, sql, parameters }));
  }

  /** All in one transaction, each as a whole or not at all. @throws SqliteFailure if that cannot be committed */
  async runScripts(scripts: readonly SqliteScript[]): Promise<readonly ScriptOutcome[]> {
    const { outcomes } = await this.ask<{ outcomes: readonly ScriptOutcome[] }>((id) => ({
      id,
      scripts,
    }));
    return outcomes;
  }

  /** After what was asked for before. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { worker } = this;
    if (!worker) return;
    worker.ref();
    const ended = once(worker, 'exit');
    worker.postMessage('close');
    await ended;
  }

  private ask<Reply>(request: (id: number) => SqliteRequest): Promise<Reply> {
    if (this.isClosed) return Promise.reject(new SqliteFailure('the database is closed', 'CLOSED'));
    const worker = (this.worker ??= this.start());
    const id = (this.lastId += 1);
    const reply = new Promise<Reply>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
    });
    // An idle thread keeps no process alive; one that owes an answer does.
    if (this.pending.size === 1) worker.ref();
    worker.postMessage(request(id));
    return reply;
  }

  private start(): Worker {
    // From the sources, as tests run, Node strips the types itself.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./sqlite.worker.${ending}`, import.meta.url), {
      workerData: this.options,
    });
    worker.on('message', (reply: SqliteReply) => this.settle(reply));
    worker.on('error', (error) => this.abandon(worker, error));
    worker.on('exit', () => this.abandon(worker, new Error('the thread of the database ended')));
    // Last: a listener for messages holds the process again.
    worker.unref();
    return worker;
  }

  private settle(reply: SqliteReply): void {
    const asked = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (this.pending.size === 0) this.worker?.unref();
    if ('error' in reply) asked?.reject(new SqliteFailure(reply.error.message, reply.error.code));
    else asked?.resolve(reply as never);
  }

  /** The next statement starts another thread; a transaction of this one is undone. */
  private abandon(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.pending.values()) {
      reject(new SqliteFailure(error.message, 'SQLITE_IOERR'));
    }
    this.pending.clear();
  }
}
