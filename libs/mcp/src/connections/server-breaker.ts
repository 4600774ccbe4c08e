/** So many users have to fail, with no success between them: what fails for fewer may lie with them. */
const FAILED_USERS = 3;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;

interface ServerFailures {
  readonly owners: Set<string>;
  pauses: number;
  retryAt: number;
  /** One connection is being opened to find out whether the server works again. */
  isTried: boolean;
}

/**
 * Pauses a server that fails for one user after the other, so that a thousand of them do not each wait until it has not
 * started in time. After each pause one connection is tried, and the others are refused until that one is open.
 */
export class ServerBreaker {
  private readonly servers = new Map<string, ServerFailures>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The servers that are paused, or tried again. */
  get paused(): string[] {
    return [...this.servers].filter(([, { pauses }]) => pauses > 0).map(([server]) => server);
  }

  /** Milliseconds until a paused server is tried again, 0 while it is tried; undefined for one that is not paused. */
  pauseOf(server: string): number | undefined {
    const known = this.servers.get(server);
    if (known === undefined || known.pauses === 0) return undefined;
    return known.isTried ? 0 : Math.max(0, known.retryAt - this.now());
  }

  blocks(server: string): boolean {
    const known = this.servers.get(server);
    return known !== undefined && known.pauses > 0 && (known.isTried || this.now() < known.retryAt);
  }

  /** Whether a connection may be opened now. Each that is has to end with one of the methods below. */
  begin(server: string): boolean {
    if (this.blocks(server)) return false;
    const known = this.servers.get(server);
    if (known && known.pauses > 0) known.isTried = true;
    return true;
  }

  /** Seconds of the pause that begins with it; undefined if none does. */
  failed(server: string, owner: string): number | undefined {
    const known = this.servers.get(server) ?? fresh();
    this.servers.set(server, known);
    if (known.owners.size < FAILED_USERS) known.owners.add(owner);
    if (known.owners.size < FAILED_USERS) return undefined;
    // Those that were on their way when the pause began do not make it longer.
    if (known.pauses > 0 && !known.isTried) return undefined;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** known.pauses, LONGEST_PAUSE_MS);
    known.pauses += 1;
    known.isTried = false;
    known.retryAt = this.now() + pauseMs;
    return pauseMs / 1000;
  }

  /** Whether it was paused until now. */
  succeeded(server: string): boolean {
    const known = this.servers.get(server);
    this.servers.delete(server);
    return known !== undefined && known.pauses > 0;
  }

  /** The attempt was given up, and tells nothing. */
  abandoned(server: string): void {
    const known = this.servers.get(server);
    if (known) known.isTried = false;
  }
}

function fresh(): ServerFailures {
  return { owners: new Set(), pauses: 0, retryAt: 0, isTried: false };
}
