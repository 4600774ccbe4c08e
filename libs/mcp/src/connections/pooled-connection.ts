import type { McpConnection } from './mcp-connection.js';
import type { ResolvedTarget } from '../targets/resolve-target.js';

/** A place in the pool: from the first call that wants the connection until it is closed. */
export class PooledConnection {
  /** Set once it is open. */
  connection: McpConnection | undefined;
  /** Resolves when it is open; shared by all calls that come meanwhile. */
  opening!: Promise<McpConnection>;
  /** Calls that wait for the connection or use it. With any, it is neither idle nor evicted. */
  users = 0;
  /** On the clock of `performance.now()`: milliseconds, unaffected by changes of the system time. */
  usedAt = performance.now();
  /** Ends the attempt to open it. */
  readonly abandoned = new AbortController();
  private closing: Promise<void> | undefined;

  constructor(readonly target: ResolvedTarget) {}

  get isProcess(): boolean {
    return this.target.server.transport === 'stdio';
  }

  get isIdle(): boolean {
    return this.users === 0 && this.connection !== undefined;
  }

  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** Resolves when nothing is left of it. */
  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    this.abandoned.abort();
    // Once it is abandoned, opening fails promptly, unless it has just succeeded.
    const connection = this.connection ?? (await this.opening.catch(() => undefined));
    await connection?.close();
  }
}
