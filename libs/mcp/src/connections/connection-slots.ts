import { McpError } from '../mcp.error.js';
import type { McpConfig } from '../mcp.config.js';
import { measureConnections } from './connection-metrics.js';
import { abortError } from './until-aborted.js';
import type { PooledConnection } from './pooled-connection.js';
import { ReturnTimes } from './return-times.js';
import { SlotQueue } from './slot-queue.js';

/** The part of all slots, and of all places in the queue, that one user may have, and the least that it is. */
const SHARE = 1 / 4;
const LEAST_SHARE = 2;

/**
 * How long an unused connection is kept though its slot is wanted: a run asks for the tools, and calls one at once.
 * Milliseconds.
 */
const PAUSE_MS = 50;

/** How long a connection may be in use without a break while its slot is wanted. Milliseconds. */
const TURN_MS = 10_000;

export type SlotLimits = Pick<
  McpConfig,
  'maxConnections' | 'maxProcesses' | 'queueLength' | 'queueSeconds'
>;

export interface SlotActions {
  /** Ends a connection that no call uses or waits for. Its slot is given back with `leave`. */
  close(idle: PooledConnection): void;
  /** Takes a connection out of use: the calls on it go on, and it is closed after the last one. */
  retire(busy: PooledConnection): void;
}

interface Grant {
  readonly give: () => void;
  readonly refuse: (because: McpError) => void;
}

/**
 * Who may have a connection. A slot is held from before the connection is opened until nothing of it is left, a child
 * process included. Where none is free, idle connections give theirs up, those that were used least recently first,
 * and one in use does so after its calls. One that is being opened gives its slot up if no call waits for it any more.
 * Slots go to users in turn, and before them to servers that all users of a profile share. A server may have a quarter
 * of them for connections that are not open yet, so that one that never answers leaves room for the others.
 */
export class ConnectionSlots {
  private readonly held = new Set<PooledConnection>();
  private readonly queue = new SlotQueue<PooledConnection>();
  private readonly grants = new Map<PooledConnection, Grant>();
  private readonly times = new ReturnTimes();
  private readonly forget = measureConnections(this.held, () => this.waiting);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: SlotLimits,
    private readonly actions: SlotActions,
  ) {}

  /** How many wait. */
  get waiting(): number {
    return this.queue.size;
  }

  /**
   * Resolves when the connection may be opened.
   *
   * @throws McpError `mcp_busy` with the time to come back, if too many wait or its turn does not come
   */
  async admit(entry: PooledConnection): Promise<void> {
    if (this.queue.ofKind(entry.isProcess) === 0 && !this.inTheWay(entry)) {
      this.hold(entry);
      return;
    }
    const { queueLength, queueSeconds } = this.limits;
    const isFull =
      this.queue.size >= queueLength ||
      (!entry.isShared && this.queue.ofOwner(entry.owner) >= shareOf(queueLength));
    if (isFull) throw this.busy(entry);
    const { signal } = entry.abandoned;
    let stop: () => void = () => undefined;
    const granted = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(this.busy(entry)), queueSeconds * 1000).unref();
      const give = () => reject(abortError(signal));
      signal.addEventListener('abort', give, { once: true });
      stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', give);
      };
      this.grants.set(entry, { give: resolve, refuse: reject });
    });
    this.queue.add(entry);
    this.assign();
    try {
      await granted;
    } finally {
      stop();
      this.grants.delete(entry);
      this.queue.remove(entry);
    }
  }

  /** Its turn would have come too late for its caller. Who waits for what is its own makes no other come back later. */
  busy({ owner, isShared }: PooledConnection): McpError {
    const { size } = this.queue;
    const own = this.queue.ofOwner(owner);
    const waitsForOwn = !isShared && own >= shareOf(this.limits.queueLength);
    const retryAfterSeconds = waitsForOwn
      ? this.times.after(Math.min(size, own * this.queue.owners))
      : this.times.next(size, owner);
    return new McpError('mcp_busy', undefined, { retryAfterSeconds });
  }

  /** Nothing is left of it. */
  leave(entry: PooledConnection): void {
    if (this.held.delete(entry)) this.assign();
  }

  /** Those that wait for this server do so in vain. */
  refuse(serverKey: string): void {
    for (const [entry, { refuse }] of this.grants) {
      if (entry.serverKey === serverKey) refuse(new McpError('mcp_unavailable'));
    }
  }

  /** A connection is open, and another one to its server may be opened. */
  opened(): void {
    this.assign();
  }

  /** No call waits for a connection, or uses it, any more. */
  becameIdle(): void {
    this.assign();
  }

  close(): void {
    this.forget();
    clearTimeout(this.timer);
  }

  /** Gives slots to those whose turn it is, and makes room for those that have none. */
  private assign(): void {
    if (this.queue.size === 0) return;
    const now = performance.now();
    // What is on its way out makes room for one each.
    const leaving = new Set([...this.held].filter(({ isLeaving }) => isLeaving));
    const blocked = new Set<boolean>();
    for (const entry of this.queue.inTurn()) {
      if (blocked.has(entry.isProcess)) continue;
      const inTheWay = this.inTheWay(entry);
      if (!inTheWay) this.grant(entry, now);
      else if (!this.clear(inTheWay.held, leaving, now) && !inTheWay.isOwn) {
        blocked.add(entry.isProcess);
        // What finds no room among all connections finds none among the processes.
        if (!entry.isProcess) break;
      }
    }
    if (this.queue.size > 0) this.assignLater();
    else this.times.pause();
  }

  private grant(entry: PooledConnection, now: number): void {
    this.hold(entry);
    this.queue.served(entry);
    this.times.served(now);
    this.grants.get(entry)?.give();
  }

  private hold(entry: PooledConnection): void {
    this.held.add(entry);
    entry.isWaiting = false;
  }

  /** Whether one of them makes room, now or later. */
  private clear(
    held: readonly PooledConnection[],
    leaving: Set<PooledConnection>,
    now: number,
  ): boolean {
    const gone = held.find((one) => leaving.delete(one));
    if (gone) return true;
    const [idle] = held
      .filter(
        (one) => one.isUnwanted || (one.isIdle && !one.isLeaving && now - one.usedAt >= PAUSE_MS),
      )
      .sort((a, b) => a.usedAt - b.usedAt);
    if (idle) {
      this.actions.close(idle);
      return true;
    }
    const busy = held.find(
      ({ openedAt, isLeaving, isShared }) =>
        openedAt !== undefined && !isLeaving && !isShared && now - openedAt >= TURN_MS,
    );
    if (busy) this.actions.retire(busy);
    return busy !== undefined;
  }

  /** The connections of which one has to end, or to be open, before this one fits; undefined if it fits. */
  private inTheWay(
    entry: PooledConnection,
  ): { held: readonly PooledConnection[]; isOwn: boolean } | undefined {
    const { maxConnections, maxProcesses } = this.limits;
    const all = [...this.held];
    const alike = entry.isProcess ? all.filter(({ isProcess }) => isProcess) : all;
    const limit = entry.isProcess ? Math.min(maxProcesses, maxConnections) : maxConnections;
    const own = entry.isShared ? [] : alike.filter(({ owner }) => owner === entry.owner);
    if (own.length >= shareOf(limit)) return { held: own, isOwn: true };
    const opening = alike.filter((one) => one.isOpening && one.serverKey === entry.serverKey);
    if (opening.length >= shareOf(limit)) return { held: opening, isOwn: true };
    if (alike.length >= limit) return { held: alike, isOwn: false };
    return all.length >= maxConnections ? { held: all, isOwn: false } : undefined;
  }

  /** Pauses and turns end by themselves. */
  private assignLater(): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.assign();
    }, PAUSE_MS).unref();
  }
}

function shareOf(limit: number): number {
  return Math.max(LEAST_SHARE, Math.floor(limit * SHARE));
}
