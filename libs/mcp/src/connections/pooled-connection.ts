import type { McpConnection } from './mcp-connection.js';
import type { ResolvedTarget } from '../targets/resolve-target.js';
import { serverKeyOf } from './server-records.js';

/** A place in the pool: from the first call that wants the connection until it is closed. */
export class PooledConnection {
  /** Set once it is open. */
  connection: McpConnection | undefined;
  /** When it was opened, on the same clock as `usedAt`. */
  openedAt: number | undefined;
  /** It waits for a slot: nothing of it exists yet. */
  isWaiting = true;
  /** It takes no further call, and is closed after the last. */
  isRetired = false;
  /** Resolves when it is open; shared by all calls that come meanwhile. */
  opening!: Promise<McpConnection>;
  /** Calls that wait for the connection or use it. With any, it is neither idle nor evicted. */
  users = 0;
  /** On the clock of `performance.now()`: milliseconds, unaffected by changes of the system time. */
  usedAt = performance.now();
  /** Ends the attempt to open it. */
  readonly abandoned = new AbortController();
  private closing: Promise<void> | undefined;
  private readonly leftovers: Promise<void>[] = [];

  constructor(readonly target: ResolvedTarget) {}

  /** The server of a profile, for all its users. */
  get serverKey(): string {
    return serverKeyOf(this.target);
  }

  /** Its connections share one part of the slots. */
  get owner(): string {
    return this.target.accountId ?? `shared ${this.target.profileId}`;
  }

  /** All users of the profile wait for it, or use it. */
  get isShared(): boolean {
    return this.target.accountId === undefined;
  }

  get isProcess(): boolean {
    return this.target.server.transport === 'stdio';
  }

  get isIdle(): boolean {
    return this.users === 0 && this.connection !== undefined;
  }

  /** It has a slot, and is not open yet. */
  get isOpening(): boolean {
    return !this.isWaiting && this.connection === undefined && !this.isLeaving;
  }

  /** It is being opened, and no call waits for it any more. */
  get isUnwanted(): boolean {
    return this.users === 0 && this.isOpening;
  }

  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** Its slot comes free by itself. */
  get isLeaving(): boolean {
    return this.isRetired || this.isClosing;
  }

  opened(connection: McpConnection): void {
    this.connection = connection;
    this.openedAt = performance.now();
  }

  /** What a failed attempt leaves to end is a part of it. */
  leaves(ending: Promise<void>): void {
    this.leftovers.push(ending);
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
    await Promise.allSettled(this.leftovers);
  }
}
