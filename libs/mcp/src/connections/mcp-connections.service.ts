import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { mcpConfig, type McpConfig } from '../mcp.config.js';
import { McpError } from '../mcp.error.js';
import { BuiltInMcpServers } from '../targets/built-in-servers.js';
import type { McpTarget, McpTool, McpToolResult } from '../targets/mcp-target.js';
import { resolveTarget, type ResolvedTarget } from '../targets/resolve-target.js';
import type { McpConnection } from './mcp-connection.js';
import { openConnection } from './open-connection.js';
import { PooledConnection } from './pooled-connection.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { toMcpError } from './to-mcp-error.js';
import { abortError, untilAborted } from './until-aborted.js';

/** Longest time between two looks for idle connections. Milliseconds. */
const SWEEP_MS = 15_000;

/**
 * The open connections to MCP servers. One is used again only for the same user (or, if shared, the same profile),
 * profile, server and credential. Every method throws `McpError` and nothing else.
 */
@Injectable()
export class McpConnections implements OnApplicationShutdown {
  private readonly logger = new Logger(McpConnections.name);
  private readonly pool = new Map<string, PooledConnection>();
  /** No longer in the pool, but with calls that may still be answered, or not closed yet. */
  private readonly leaving = new Set<PooledConnection>();
  /** Failed attempts whose process has not ended yet. */
  private readonly leftovers = new Set<Promise<void>>();
  private readonly backoff = new ReconnectBackoff();
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
    return this.use(target, options.signal, (connection) => connection.listTools(options.signal));
  }

  /**
   * Calls a tool once. It is never called again, whatever the error: after `mcp_timeout` and `mcp_unavailable` it may
   * have had its effect.
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
    return this.use(target, options.signal, (connection) =>
      connection.callTool(tool, args, options.signal, options.maxResultBytes),
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
    signal: AbortSignal,
    work: (connection: McpConnection) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw abortError(signal);
    const entry = this.take(this.resolve(target));
    try {
      return await work(await untilAborted(entry.opening, signal));
    } catch (error) {
      throw toMcpError(error);
    } finally {
      this.release(entry);
    }
  }

  private resolve(target: McpTarget): ResolvedTarget {
    try {
      return resolveTarget(target, this.config);
    } catch (error) {
      const { code, message } = toMcpError(error);
      const { profileId, server } = target;
      this.logger.warn({
        event: 'mcp.failed',
        profileId,
        server: server.name,
        code,
        reason: message,
      });
      throw error;
    }
  }

  /** Counts the caller in before anything is awaited, so that the connection cannot be closed under it as idle. */
  private take(target: ResolvedTarget): PooledConnection {
    let entry = this.pool.get(target.key);
    if (entry?.connection?.unusable) {
      this.retire(entry);
      entry = undefined;
    }
    entry ??= this.add(target);
    entry.users += 1;
    return entry;
  }

  private release(entry: PooledConnection): void {
    entry.users -= 1;
    entry.usedAt = performance.now();
    if (entry.connection?.unusable) this.retire(entry);
    if (entry.users === 0 && this.leaving.has(entry)) this.close(entry);
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
    try {
      const connection = await openConnection(server, {
        signal: AbortSignal.any([deadline, entry.abandoned.signal]),
        startMs,
        failures: this.backoff.count(key),
        builtInServers: this.builtInServers,
        onClosed: () => this.retire(entry),
        onLeftover: (leftover) => this.watch(leftover),
      });
      entry.connection = connection;
      this.backoff.succeeded(key);
      this.log('mcp.connected', entry);
      return connection;
    } catch (error) {
      if (this.pool.get(key) === entry) this.pool.delete(key);
      if (entry.abandoned.signal.aborted) throw new McpError('mcp_cancelled');
      this.backoff.failed(key);
      const failure = deadline.aborted
        ? new McpError('mcp_unavailable', 'The tool server did not start in time.')
        : toMcpError(error);
      this.log('mcp.failed', entry, failure);
      throw failure;
    }
  }

  /** Takes a connection out of the pool. Calls on it go on; when the last one is over, it is closed. */
  private retire(entry: PooledConnection): void {
    const { key } = entry.target;
    if (this.pool.get(key) !== entry) return;
    this.pool.delete(key);
    this.leaving.add(entry);
    if (entry.users === 0) this.close(entry);
  }

  private close(entry: PooledConnection): void {
    void this.closed(entry);
  }

  private async closed(entry: PooledConnection): Promise<void> {
    const { key } = entry.target;
    if (this.pool.get(key) === entry) this.pool.delete(key);
    this.leaving.add(entry);
    if (entry.connection && !entry.isClosing) this.log('mcp.closed', entry);
    await entry.close();
    this.leaving.delete(entry);
  }

  private watch(leftover: Promise<void>): void {
    this.leftovers.add(leftover);
    void leftover.finally(() => this.leftovers.delete(leftover));
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
    if (entry.isProcess) this.evictOver(this.config.maxProcesses, (other) => other.isProcess);
    this.evictOver(this.config.maxConnections, () => true);
  }

  private evictOver(limit: number, counts: (entry: PooledConnection) => boolean): void {
    // Those that only wait for their process to end are not counted: that takes two seconds at most.
    const counted = this.entries().filter((entry) => counts(entry) && !entry.isClosing);
    if (counted.length < limit) return;
    const idle = counted.filter((entry) => entry.isIdle).sort((a, b) => a.usedAt - b.usedAt)[0];
    if (!idle) {
      throw new McpError('mcp_unavailable', 'Too many tool servers are in use at the moment.');
    }
    this.close(idle);
  }

  private sweep(): void {
    const idleSince = performance.now() - this.config.idleSeconds * 1000;
    for (const entry of this.pool.values()) {
      if (entry.isIdle && entry.usedAt <= idleSince) this.close(entry);
    }
    this.backoff.prune();
  }

  private log(event: string, { target }: PooledConnection, error?: McpError): void {
    const facts = { event, profileId: target.profileId, server: target.serverName };
    if (error) this.logger.warn({ ...facts, code: error.code, reason: error.message });
    else this.logger.log(facts);
  }
}
