import { Injectable } from '@nestjs/common';
import type { Principal } from './principal.js';

/** How long a session counts as live without another look at the database. Milliseconds. */
const FRESH_FOR = 1_000;

/** Bounds on what is remembered; beyond them the oldest entry goes, and costs one more verification. */
const MOST_TOKENS = 100_000;
const MOST_ENDED = 10_000;

interface VerifiedToken {
  readonly sessionId: string;
  readonly expiresAt: number;
}

interface LiveSession {
  readonly principal: Principal;
  /** On the clock that is never set: a wall clock turned back would keep a revoked session alive. */
  readonly checkedAt: number;
}

/**
 * Remembers which access tokens have been verified, until they expire, and which sessions were live a moment ago.
 * A signature is thus checked once per token, while a revocation made elsewhere is seen within a second and one
 * made here at once.
 */
@Injectable()
export class PrincipalCache {
  private readonly tokens = new Map<string, VerifiedToken>();
  private readonly sessions = new Map<string, LiveSession>();
  private readonly ended = new Set<string>();

  /** The session of a token that was verified before and has not expired. */
  sessionOf(token: string): string | undefined {
    const verified = this.tokens.get(token);
    if (!verified) return undefined;
    if (verified.expiresAt > Date.now()) return verified.sessionId;
    this.tokens.delete(token);
    return undefined;
  }

  /** The principal of a session that was live within the last second. */
  freshPrincipal(sessionId: string): Principal | undefined {
    const session = this.sessions.get(sessionId);
    return session && session.checkedAt > performance.now() - FRESH_FOR
      ? session.principal
      : undefined;
  }

  rememberToken(token: string, sessionId: string, expiresAt: number): void {
    keep(this.tokens, MOST_TOKENS);
    this.tokens.set(token, { sessionId, expiresAt });
  }

  /** Does nothing for a session that has ended here: the look at the database may have begun before that. */
  rememberLive(principal: Principal, checkedAt: number): void {
    if (this.ended.has(principal.sessionId)) return;
    this.sessions.delete(principal.sessionId);
    keep(this.sessions, MOST_TOKENS);
    this.sessions.set(principal.sessionId, { principal, checkedAt });
  }

  /** For when one of the keys that may have signed them counts no more. */
  forgetTokens(): void {
    this.tokens.clear();
  }

  hasEnded(sessionId: string): boolean {
    return this.ended.has(sessionId);
  }

  forget(sessionId: string): void {
    keep(this.ended, MOST_ENDED);
    this.ended.add(sessionId);
    this.sessions.delete(sessionId);
  }
}

function keep(entries: Map<string, unknown> | Set<string>, most: number): void {
  if (entries.size < most) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}
