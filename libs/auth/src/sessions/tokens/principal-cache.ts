import type { Principal } from '@app/access';
import { Injectable } from '@nestjs/common';

/**
 * How long a session counts as live without another read of the database: with that read it is less than the second that
 * is promised. Milliseconds.
 */
const FRESH_FOR_MS = 750;

/** Bounds of the cache; beyond them the oldest entry is evicted, at the cost of one more verification. */
const MAX_TOKENS = 100_000;
const MAX_ENDED_SESSIONS = 10_000;

interface VerifiedToken {
  readonly sessionId: string;
  readonly expiresAt: number;
}

interface LiveSession {
  readonly principal: Principal;
  /** On the monotonic clock: a wall clock set back would keep a revoked session alive. */
  readonly checkedAt: number;
}

interface SessionRead {
  readonly principal: Promise<Principal | undefined>;
  readonly startedAt: number;
}

/**
 * Caches verified access tokens until they expire, and live sessions for less than a second. A signature is thus verified once
 * per token, while a revocation takes effect at once on this instance and within a second on others.
 */
@Injectable()
export class PrincipalCache {
  private readonly tokens = new Map<string, VerifiedToken>();
  private readonly sessions = new Map<string, LiveSession>();
  private readonly reads = new Map<string, SessionRead>();
  private readonly ended = new Set<string>();
  /** What was read before that moment of the monotonic clock is not used any more. */
  private trustedSince = -Infinity;

  /** The session of a token that has been verified and has not expired. */
  sessionOf(token: string): string | undefined {
    const verified = this.tokens.get(token);
    if (!verified) return undefined;
    if (verified.expiresAt > Date.now()) return verified.sessionId;
    this.tokens.delete(token);
    return undefined;
  }

  /** The principal of a session that was live a moment ago. */
  freshPrincipal(sessionId: string): Principal | undefined {
    const session = this.sessions.get(sessionId);
    return session && this.isFresh(session.checkedAt) ? session.principal : undefined;
  }

  /**
   * Reads a session. Calls of one session share a read, or all of them would ask the database when it is due; none shares
   * one that is older than what `freshPrincipal` returns.
   */
  sharedRead(
    sessionId: string,
    read: () => Promise<Principal | undefined>,
  ): Promise<Principal | undefined> {
    const startedAt = performance.now();
    const current = this.reads.get(sessionId);
    if (current && this.isFresh(current.startedAt)) return current.principal;
    const started: SessionRead = {
      startedAt,
      principal: read().finally(() => {
        if (this.reads.get(sessionId) === started) this.reads.delete(sessionId);
      }),
    };
    this.reads.set(sessionId, started);
    return started.principal;
  }

  rememberToken(token: string, sessionId: string, expiresAt: number): void {
    keep(this.tokens, MAX_TOKENS);
    this.tokens.set(token, { sessionId, expiresAt });
  }

  /** Ignores a session that has ended on this instance: the read may have begun before it ended. */
  rememberLive(principal: Principal, checkedAt: number): void {
    if (this.ended.has(principal.sessionId)) return;
    this.sessions.delete(principal.sessionId);
    keep(this.sessions, MAX_TOKENS);
    this.sessions.set(principal.sessionId, { principal, checkedAt });
  }

  /** Called when a key that may have signed them is no longer valid. */
  forgetTokens(): void {
    this.tokens.clear();
  }

  /** Called when sessions have ended elsewhere: each is read again at its next call. */
  distrust(): void {
    this.trustedSince = performance.now();
  }

  private isFresh(readAt: number): boolean {
    return readAt > Math.max(performance.now() - FRESH_FOR_MS, this.trustedSince);
  }

  hasEnded(sessionId: string): boolean {
    return this.ended.has(sessionId);
  }

  forget(sessionId: string): void {
    keep(this.ended, MAX_ENDED_SESSIONS);
    this.ended.add(sessionId);
    this.sessions.delete(sessionId);
  }
}

function keep(entries: Map<string, unknown> | Set<string>, most: number): void {
  if (entries.size < most) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}
