import type { McpConfig } from '../mcp.config.js';
import { McpError } from '../mcp.error.js';
import type { BuiltInMcpServers } from '../targets/built-in-servers.js';
import { wantsAuthorization } from './authorized.js';
import type { ConnectionLog } from './connection-log.js';
import type { McpConnection } from './mcp-connection.js';
import type { PooledConnection } from './pooled-connection.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { ServerBreaker } from './server-breaker.js';
import type { SandboxTools } from '../sandbox/sandbox-tools.js';

/** Opens connections, each within the time that its server has to start, and remembers which ones failed. */
export class ConnectionOpener {
  private readonly backoff = new ReconnectBackoff();
  private readonly breaker = new ServerBreaker();

  constructor(
    private readonly config: Pick<McpConfig, 'allowsLoopback'>,
    private readonly builtInServers: BuiltInMcpServers,
    private readonly sandboxTools: SandboxTools,
    private readonly log: ConnectionLog,
  ) {}

  /** How many connections failed at their last attempt, not long ago. */
  get failing(): number {
    return this.backoff.size;
  }

  /** The servers that are not tried for every user, as they failed for one after the other. */
  get paused(): string[] {
    return this.breaker.paused;
  }

  /** Milliseconds until it is tried again; undefined for a server that is not paused. */
  pauseOf(serverKey: string): number | undefined {
    return this.breaker.pauseOf(serverKey);
  }

  /** It has failed, and is not tried again yet. */
  isPaused(entry: PooledConnection): boolean {
    return this.backoff.blocks(entry.target.key) || this.isServerPaused(entry);
  }

  /** Its server has failed for other users as well, and is not tried again yet. */
  isServerPaused({ serverKey }: PooledConnection): boolean {
    return this.breaker.blocks(serverKey);
  }

  prune(): void {
    this.backoff.prune();
  }

  /** @throws McpError */
  async open(entry: PooledConnection, onClosed: () => void): Promise<McpConnection> {
    const { key, startMs, server, authorization } = entry.target;
    if (!this.breaker.begin(entry.serverKey)) throw new McpError('mcp_unavailable');
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
        allowsLoopback: this.config.allowsLoopback,
        authorization,
        sandboxTools: this.sandboxTools,
        onClosed,
        isShared: entry.target.accountId === undefined,
        allowsSampling: entry.target.allowsSampling,
        ...this.log.listener(entry.target),
        onLastWords: (lines) => (lastWords = lines),
        onLeftover: (leftover) => entry.leaves(leftover),
      });
      entry.opened(connection);
      this.backoff.succeeded(key);
      this.answered(entry);
      this.log.connected(entry.target);
      return connection;
    } catch (error) {
      if (entry.abandoned.signal.aborted) {
        this.breaker.abandoned(entry.serverKey);
        throw new McpError('mcp_cancelled');
      }
      if (wantsAuthorization(error)) this.answered(entry);
      else this.failed(entry);
      const failure = deadline.aborted
        ? new McpError('mcp_unavailable', 'The tool server did not start in time.')
        : McpError.from(error);
      this.log.failed(entry.target, failure);
      this.log.lastWords(entry.target, lastWords);
      throw failure;
    }
  }

  /** Whatever it answered, the server is there. */
  private answered({ serverKey, target }: PooledConnection): void {
    if (this.breaker.succeeded(serverKey)) this.log.resumed(target);
  }

  private failed({ serverKey, owner, target }: PooledConnection): void {
    this.backoff.failed(target.key);
    const seconds = this.breaker.failed(serverKey, owner);
    if (seconds !== undefined) this.log.paused(target, seconds);
  }
}
