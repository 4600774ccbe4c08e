import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { mcpConfig, type McpConfig } from '../mcp.config.js';
import { McpError } from '../mcp.error.js';
import { BuiltInMcpServers } from '../targets/built-in-servers.js';
import type { McpTarget, McpTool, McpToolResult } from '../targets/mcp-target.js';
import { oncePerTarget } from '../targets/once-per-target.js';
import { resolveTarget, type ResolvedTarget } from '../targets/resolve-target.js';
import { beginAgainOnce } from './begin-again-once.js';
import { ConnectionLog } from './connection-log.js';
import type { McpConnection } from './mcp-connection.js';
import { PooledConnection } from './pooled-connection.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { idleInTheWay } from './room.js';
import { abortError, untilAborted } from './until-aborted.js';

/** Longest time between two looks for idle connections. Milliseconds. */
const SWEEP_MS = 15_000;

/**
 * The open connections to MCP servers. One is used again only for the same user (or, if shared, the same profile),
 * profile, server and credential. Every method throws `McpError` and nothing else.
 */
@Injectable()
export class McpConnections implements OnApplicationShutdown {
  private readonly log = new ConnectionLog(new Logger(McpConnections.name));
  private readonly pool = new Map<string, PooledConnection>();
  /** No longer in the pool, but with calls that may still be answered, or not closed yet. */
  private readonly leaving = new Set<PooledConnection>();
  /** Failed attempts whose process has not ended yet. */
  private readonly leftovers = new Set<Promise<void>>();
  private readonly backoff = new ReconnectBackoff();
  /** A run asks one target for its tools and for a call; it is resolved once. */
  private readonly resolve = oncePerTarget((target) =>
    this.log.resolving(target, () => resolveTarget(target, this.config)),
  );
  private readonly sweeper: NodeJS.Timeout;
  private destroyed = false;

  constructor(
    @Inject(mcpConfig.KEY) private readonly config: McpConfig,
    @Inject(BuiltInMcpServers) private readonly builtInServers: BuiltInMcpServers,
  ) {
    const period = Math.min(SWEEP_MS, (config.idleSeconds * 1000) / 2);
    this.sweeper = setInterval(() => this.sweep(), period).unref();
  }

  /** The server's tools: at most 500, with cleaned descriptions, read again after a minute at the latest. */
  listTools(target: McpTarget, options: { signal: AbortSignal }): Promise<McpTool[]> {
    return this.use(target, options, (connection) => connection.listTools(options.signal));
  }

  /**
   * Calls a tool once. It is never called again, whatever the error: after `mcp_timeout` and `mcp_unavailable` it may
   * have had its effect. Only a call that a server refused for want of its session was not executed: it is made again,
   * once, in a new session.
   *
   * @param options.signal the run's deadline and its cancellation; bounds connecting, too
   * @param options.maxResultBytes most bytes of UTF-8 in the text of the result
   */
  callTool(
    target: McpTarget,
    tool: string,
    args: Record<string, unknown>,
    options: { signal: AbortSignal; maxResultBytes: number },
  ): Promise<McpToolResult> {
    const { signal, maxResultBytes } = options;
    return this.use(target, { signal, tool }, (connection) =>
      connection.callTool(tool, args, signal, maxResultBytes),
    );
  }

  /** Ends all connections of a user, and the calls on them with `mcp_cancelled`. Shared ones know of no user and stay. */
  async closeUser(userId: string): Promise<void> {
    await this.closeAll((entry) => entry.target.userId === userId);
  }

  /** The users who have a connection of their own. */
  users(): string[] {
    const users = this.entries().map((entry) => entry.target.userId);
    return [...new Set(users.filter((userId) => userId !== undefined))];
  }

  /** `failing`: connections whose last attempt to open failed, not long ago. */
  health(): { open: number; failing: number } {
    const open = this.entries().filter((entry) => entry.connection?.unusable === false).length;
    return { open, failing: this.backoff.size };
  }

  /**
   * After the runs that use them have ended, which is before this hook but after `onModuleDestroy`.
   * Resolves when every connection is closed and every child process is gone, within about two seconds. */
  async onApplicationShutdown(): Promise<void> {
    this.destroyed = true;
    clearInterval(this.sweeper);
    await this.closeAll(() => true);
    await Promise.all(this.leftovers);
  }

  private async use<T>(
    target: McpTarget,
    call: { signal: AbortSignal; tool?: string },
    work: (connection: McpConnection) => Promise<T>,
  ): Promise<T> {
    const resolved = this.resolve(target);
    return beginAgainOnce(
      () => this.attempt(resolved, call, work),
      (lost) => this.log.sessionRenewed(resolved, lost),
    );
  }

  private async attempt<T>(
    target: ResolvedTarget,
    { signal, tool }: { signal: AbortSignal; tool?: string },
    work: (connection: McpConnection) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw abortError(signal);
    const entry = this.take(target);
    let connection: McpConnection | undefined;
    try {
      connection = await untilAborted(entry.opening, signal);
      return await work(connection);
    } catch (error) {
      const failure = McpError.from(error);
      // That it could not be opened has been logged, once for all calls that waited for it.
      const isKnown = failure.code === 'mcp_cancelled' || failure.details.isSessionLost === true;
      if (connection && !isKnown) this.log.callFailed(target, tool, failure);
      throw failure;
    } finally {
      this.release(entry);
    }
  }

  /** Counts the caller in before anything is awaited, so that the connection cannot be closed under it as idle. */
  private take(target: ResolvedTarget): PooledConnection {
    const pooled = this.pool.get(target.key);
    if (pooled?.connection?.unusable) this.retire(pooled);
    const entry = this.pool.get(target.key) ?? this.add(target);
    entry.users += 1;
    return entry;
  }

  private release(entry: PooledConnection): void {
    entry.users -= 1;
    entry.usedAt = performance.now();
    if (entry.connection?.unusable) this.retire(entry);
    if (entry.users === 0 && this.leaving.has(entry)) void this.closed(entry);
  }

  private add(target: ResolvedTarget): PooledConnection {
    if (this.destroyed || this.backoff.blocks(target.key)) throw new McpError('mcp_unavailable');
    const entry = new PooledConnection(target);
    this.makeRoom(entry);
    this.pool.set(target.key, entry);
    entry.opening = this.open(entry);
    entry.opening.catch(() => undefined);
    return entry;
  }

  private async open(entry: PooledConnection): Promise<McpConnection> {
    const { key, startMs, server } = entry.target;
    const deadline = AbortSignal.timeout(startMs);
    let lastWords: string[] = [];
    try {
      // With the first connection: the SDK takes much of the memory and of the time of a start.
      const { openConnection } = await import('./open-connection.js');
      const connection = await openConnection(server, {
        signal: AbortSignal.any([deadline, entry.abandoned.signal]),
        startMs,
        failures: this.backoff.count(key),
        builtInServers: this.builtInServers,
        onClosed: () => this.lost(entry),
        onToolFault: (fault) => this.log.toolFault(entry.target, fault),
        onLastWords: (lines) => (lastWords = lines),
        onLeftover: (leftover) => {
          this.leftovers.add(leftover);
          void leftover.finally(() => this.leftovers.delete(leftover));
        },
      });
      entry.connection = connection;
      this.backoff.succeeded(key);
      this.log.connected(entry.target);
      return connection;
    } catch (error) {
      if (this.pool.get(key) === entry) this.pool.delete(key);
      if (entry.abandoned.signal.aborted) throw new McpError('mcp_cancelled');
      this.backoff.failed(key);
      const failure = deadline.aborted
        ? new McpError('mcp_unavailable', 'The tool server did not start in time.')
        : McpError.from(error);
      this.log.failed(entry.target, failure);
      this.log.lastWords(entry.target, lastWords);
      throw failure;
    }
  }

  /** The server, or what lies between, has ended the connection. */
  private lost(entry: PooledConnection): void {
    const { connection, target } = entry;
    if (connection?.failure && !entry.isClosing) {
      this.log.failed(target, connection.failure);
      this.log.lastWords(target, connection.lastWords());
    }
    this.retire(entry);
  }

  /** Takes a connection out of the pool. Calls on it go on; when the last one is over, it is closed. */
  private retire(entry: PooledConnection): void {
    const { key } = entry.target;
    if (this.pool.get(key) !== entry) return;
    this.pool.delete(key);
    this.leaving.add(entry);
    if (entry.users === 0) void this.closed(entry);
  }

  private async closed(entry: PooledConnection): Promise<void> {
    if (this.pool.get(entry.target.key) === entry) this.pool.delete(entry.target.key);
    this.leaving.add(entry);
    if (entry.connection && !entry.isClosing) this.log.closed(entry.target);
    await entry.close();
    this.leaving.delete(entry);
  }

  private async closeAll(which: (entry: PooledConnection) => boolean): Promise<void> {
    const chosen = this.entries().filter(which);
    await Promise.all(chosen.map((entry) => this.closed(entry)));
  }

  private entries(): PooledConnection[] {
    return [...this.pool.values(), ...this.leaving];
  }

  /** @throws McpError `mcp_unavailable` if every connection is in use */
  private makeRoom(entry: PooledConnection): void {
    try {
      for (const idle of idleInTheWay(entry, this.entries(), this.config)) void this.closed(idle);
    } catch (error) {
      this.log.failed(entry.target, McpError.from(error));
      throw error;
    }
  }

  private sweep(): void {
    const idleSince = performance.now() - this.config.idleSeconds * 1000;
    for (const entry of this.pool.values()) {
      if (entry.isIdle && entry.usedAt <= idleSince) void this.closed(entry);
    }
    this.backoff.prune();
  }
}
