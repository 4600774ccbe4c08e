import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { mcpConfig, type McpConfig } from '../mcp.config.js';
import { McpError } from '../mcp.error.js';
import { BuiltInMcpServers } from '../targets/built-in-servers.js';
import type { CallOptions, CallOutcome } from '../dialog/call-outcome.js';
import type { McpDialog } from '../dialog/mcp-dialog.js';
import type { McpServerDescription, McpTarget, McpTool } from '../targets/mcp-target.js';
import { oncePerTarget } from '../targets/once-per-target.js';
import { resolveTarget, type ResolvedTarget } from '../targets/resolve-target.js';
import { noServerCredentials, ServerCredentials } from '../targets/server-credentials.js';
import { SandboxTools } from '../sandbox/sandbox-tools.js';
import { authorized, isOpen } from './authorized.js';
import { beginAgainOnce } from './begin-again-once.js';
import { ConnectionOpener } from './connection-opener.js';
import { ConnectionSlots } from './connection-slots.js';
import { ConnectionLog } from './connection-log.js';
import type { McpConnection } from './mcp-connection.js';
import { PooledConnection } from './pooled-connection.js';
import { ServerReadings } from './server-readings.js';
import { ServerRecords } from './server-records.js';
import { abortError, untilAborted } from './until-aborted.js';

/** Longest time between two looks for idle connections. Milliseconds. */
const SWEEP_MS = 15_000;

/**
 * The open connections to MCP servers. One is used again only for the same user (or, if shared, the same profile),
 * profile, server and credential. Every method throws `McpError` and nothing else.
 */
@Injectable()
export class McpConnections implements OnApplicationShutdown {
  /** For probes and operators. */
  readonly health: ServerReadings;
  private readonly records = new ServerRecords();
  private readonly log = new ConnectionLog(new Logger(McpConnections.name), this.records);
  private readonly pool = new Map<string, PooledConnection>();
  /** No longer in the pool, but with calls that may still be answered, or not closed yet. */
  private readonly leaving = new Set<PooledConnection>();
  private readonly opener: ConnectionOpener;
  private readonly slots: ConnectionSlots;
  /** A run asks one target for its tools and for a call; it is resolved once. */
  private readonly resolve = oncePerTarget((target) =>
    this.log.resolving(target, () => resolveTarget(target, this.config)),
  );
  private readonly sweeper: NodeJS.Timeout;
  private destroyed = false;

  constructor(
    @Inject(mcpConfig.KEY) private readonly config: McpConfig,
    @Inject(BuiltInMcpServers) builtInServers: BuiltInMcpServers,
    @Inject(ServerCredentials)
    private readonly credentials: ServerCredentials = noServerCredentials,
    sandboxTools: SandboxTools = new SandboxTools(),
  ) {
    this.opener = new ConnectionOpener(config, builtInServers, sandboxTools, this.log);
    this.slots = new ConnectionSlots(config, {
      close: (idle) => void this.closed(idle),
      retire: (busy) => this.retire(busy),
    });
    const period = Math.min(SWEEP_MS, (config.idleSeconds * 1000) / 2);
    this.sweeper = setInterval(() => this.sweep(), period).unref();
    const { opener, slots, records } = this;
    this.health = new ServerReadings({ entries: () => this.entries(), opener, slots, records });
  }

  /** The server's tools: at most 500, with cleaned descriptions, read again after a minute at the latest. */
  listTools(target: McpTarget, options: { signal: AbortSignal }): Promise<McpTool[]> {
    return this.use(target, options, (connection) => connection.listTools(options.signal));
  }

  /** What the server says of itself. */
  describe(target: McpTarget, options: { signal: AbortSignal }): Promise<McpServerDescription> {
    return this.use(target, options, async ({ description }) => description);
  }

  /**
   * Calls a tool once. It is never called again, whatever the error: after `mcp_timeout` and `mcp_unavailable` it may
   * have had its effect. Only a call that a server refused for want of its session was not executed: it is made again,
   * once, in a new session.
   */
  callTool<Dialog extends McpDialog | undefined = undefined>(
    target: McpTarget,
    tool: string,
    args: Record<string, unknown>,
    { signal, maxResultBytes, dialog }: CallOptions<Dialog>,
  ): Promise<CallOutcome<Dialog>> {
    return this.use(target, { signal, tool }, (connection) =>
      connection.callTool(tool, args, signal, maxResultBytes, dialog),
    ) as Promise<CallOutcome<Dialog>>;
  }

  /** Ends all connections of a user, and the calls on them with `mcp_cancelled`. Shared ones know of no user and stay. */
  async closeUser(accountId: string): Promise<void> {
    await this.closeAll((entry) => entry.target.accountId === accountId);
  }

  /** The users who have a connection of their own. */
  users(): string[] {
    return [...new Set(this.entries().flatMap(({ target: { accountId } }) => accountId ?? []))];
  }

  /** After the runs that use them have ended. Resolves when every child process is gone, within about two seconds. */
  async onApplicationShutdown(): Promise<void> {
    this.destroyed = true;
    clearInterval(this.sweeper);
    this.health.end();
    this.slots.close();
    await this.closeAll(() => true);
  }

  /** For the services of this library: others call the methods above. @throws McpError */
  async use<T>(
    target: McpTarget,
    call: { signal: AbortSignal; tool?: string },
    work: (connection: McpConnection) => Promise<T>,
  ): Promise<T> {
    const known = this.resolve(target);
    const { credentials } = this;
    const resolved = isOpen(target) ? known : await authorized(known, target, credentials, call);
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
      const failure = this.failureOf(entry, error);
      // That it could not be opened has been logged, once for all calls that waited for it.
      const isKnown = failure.code === 'mcp_cancelled' || failure.details.isSessionLost === true;
      if (connection && !isKnown) this.log.callFailed(entry.target, tool, failure);
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
    if (entry.users > 0) return;
    // With no caller left there is no reason to wait.
    if (this.leaving.has(entry) || entry.isWaiting) void this.closed(entry);
    else this.slots.becameIdle();
  }

  /** A caller whose time is over before the turn of its connection has come is told when to come back. */
  private failureOf(entry: PooledConnection, error: unknown): McpError {
    const failure = McpError.from(error);
    return entry.isWaiting && failure.code === 'mcp_timeout' ? this.slots.busy(entry) : failure;
  }

  private add(target: ResolvedTarget): PooledConnection {
    const entry = new PooledConnection(target);
    if (this.destroyed || this.opener.isPaused(entry)) throw new McpError('mcp_unavailable');
    this.pool.set(target.key, entry);
    entry.opening = this.open(entry);
    entry.opening.catch(() => undefined);
    return entry;
  }

  private async open(entry: PooledConnection): Promise<McpConnection> {
    try {
      await this.slots.admit(entry);
      const connection = await this.opener.open(entry, () => this.lost(entry));
      this.slots.opened();
      return connection;
    } catch (error) {
      const failure = McpError.from(error);
      if (this.opener.isServerPaused(entry)) this.slots.refuse(entry.serverKey);
      // It keeps its slot until nothing is left of the attempt.
      void this.closed(entry);
      if (failure.code === 'mcp_busy') this.log.failed(entry.target, failure);
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
    if (!this.drop(entry)) return;
    entry.isRetired = true;
    this.leaving.add(entry);
    if (entry.users === 0) void this.closed(entry);
  }

  private async closed(entry: PooledConnection): Promise<void> {
    this.drop(entry);
    this.leaving.add(entry);
    if (entry.connection && !entry.isClosing) this.log.closed(entry.target);
    await entry.close();
    this.leaving.delete(entry);
    this.slots.leave(entry);
  }

  /** Whether it was in the pool. */
  private drop(entry: PooledConnection): boolean {
    const { key } = entry.target;
    return this.pool.get(key) === entry && this.pool.delete(key);
  }

  private async closeAll(which: (entry: PooledConnection) => boolean): Promise<void> {
    const chosen = this.entries().filter(which);
    await Promise.all(chosen.map((entry) => this.closed(entry)));
  }

  private entries(): PooledConnection[] {
    return [...this.pool.values(), ...this.leaving];
  }

  private sweep(): void {
    const idleSince = performance.now() - this.config.idleSeconds * 1000;
    for (const entry of this.pool.values()) {
      if (entry.isIdle && entry.usedAt <= idleSince) void this.closed(entry);
    }
    this.opener.prune();
  }
}
