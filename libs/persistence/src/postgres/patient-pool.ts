import pg from 'pg';
import { tracedStatement } from '../statements/traced-statement.js';
import { DatabaseTimeout, patiently } from '../waiting/database-patience.js';

/** The longest that a call waits for PostgreSQL, for a connection or for an answer. Milliseconds. */
export const ANSWER_WAIT_MS = 10_000;

/** What Kysely sends when it takes a connection for a transaction, and when it gives it up. */
const TRANSACTION_CONTROL = /^(begin|start transaction|rollback$)/;

/** Members of `pg.Client` that are not in its types. */
interface ClientInternals {
  readonly connection: {
    readonly stream: { destroy(error: Error): void };
    emit(name: 'error', error: Error): void;
    once(name: 'authenticationOk', listener: () => void): void;
  };
  /** Set by the pool while the client is lent out. */
  readonly release?: (error?: Error) => void;
  _handleAuthCleartextPassword(): void;
  _handleAuthMD5Password(): void;
  _handleAuthSASL(offer: { readonly mechanisms: readonly string[] }): void;
}

/**
 * A client whose server may fall silent. `statement_timeout` is the server's to keep; one that hangs keeps nothing, so
 * the connection is given up from here, and the pool opens another one.
 */
export class PatientClient extends pg.Client {
  constructor(config: pg.ClientConfig & { readonly mustBindChannel?: boolean }) {
    super(config);
    if (config.mustBindChannel) requireChannelBinding(this as unknown as ClientInternals);
  }

  // The driver's overloads are many; here the ones that answer with a promise are used, and cursors.
  override query(...args: unknown[]): never {
    const ask = () => (super.query as (...all: unknown[]) => unknown).apply(this, args);
    if (isSubmittable(args[0])) return ask() as never;
    const answer = tracedStatement('postgresql', textOf(args[0]), () =>
      patiently(ANSWER_WAIT_MS, (patience) => this.answered(ask() as Promise<unknown>, patience)),
    );
    if (typeof args[0] !== 'string' || !TRANSACTION_CONTROL.test(args[0])) return answer as never;
    return answer.catch((error: Error) => this.giveBack(error)) as never;
  }

  private async answered(answer: Promise<unknown>, patience: number): Promise<unknown> {
    if (patience === Infinity) return answer;
    const { connection } = this as unknown as ClientInternals;
    const timer = setTimeout(() => connection.stream.destroy(new DatabaseTimeout()), patience);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kysely never returns a connection whose `begin` or `rollback` failed, and the pool would run dry. */
  private giveBack(error: Error): never {
    (this as unknown as ClientInternals).release?.(error);
    throw error;
  }
}

/** Of a query with parameters, or of a mere text. */
function textOf(query: unknown): string {
  const { text = query } = Object(query) as { text?: unknown };
  return typeof text === 'string' ? text : '';
}

/** What answers in its own way, such as a cursor. */
function isSubmittable(query: unknown): boolean {
  return typeof (query as Partial<pg.Submittable> | null)?.submit === 'function';
}

/** Lets a request wait for a connection no longer than it would for an answer. */
export function patientPool(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
  const patientConnect = (callback?: unknown) => {
    // Only the pool itself connects in this way.
    if (callback) return (connect as (callback: unknown) => unknown)(callback);
    return patiently(ANSWER_WAIT_MS, async (patience) => {
      const connected = connect();
      if (patience >= ANSWER_WAIT_MS) return connected;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new DatabaseTimeout()), patience);
      });
      try {
        return await Promise.race([connected, late]);
      } catch (error) {
        // It is for the next one, if it still comes.
        connected.then((client) => client.release()).catch(() => undefined);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    });
  };
  pool.connect = patientConnect as typeof pool.connect;
}

/** As `channel_binding=require` of libpq: the driver binds where it can, and goes on where it cannot. */
function requireChannelBinding(client: ClientInternals): void {
  const { connection } = client;
  let isBound = false;
  const refuse = () => connection.emit('error', new Error('the server binds no channel'));
  const authenticate = client._handleAuthSASL.bind(client);
  client._handleAuthCleartextPassword = refuse;
  client._handleAuthMD5Password = refuse;
  client._handleAuthSASL = (offer) => {
    isBound = offer.mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (isBound) authenticate(offer);
    else refuse();
  };
  connection.once('authenticationOk', () => {
    if (!isBound) refuse();
  });
}
