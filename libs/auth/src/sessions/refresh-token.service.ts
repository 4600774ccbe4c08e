import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { authConfig } from '../auth.config.js';
import { AuthError } from '../auth.error.js';
import { RefreshToken } from './refresh-token.entity.js';
import type { Session } from './session.entity.js';
import { SessionService } from './session.service.js';

/** How long a token can be used for a renewal. Milliseconds. */
const LIFETIME = 30 * 24 * 3_600_000;

/** How long a used token still answers with its successor, for a phone that lost the answer. Milliseconds. */
const GRACE = 10_000;

/** A refresh token as the client gets it. */
export interface IssuedRefreshToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface Renewal extends IssuedRefreshToken {
  readonly session: Session;
}

/**
 * Opaque refresh tokens, replaced at each use (RFC 9700 §4.14.2). The successor is derived from the token that is
 * used, so that a retry gets the same one although only hashes are stored.
 */
@Injectable()
export class RefreshTokenService {
  private readonly log = new Logger('RefreshTokens');
  private readonly successorKey: Buffer;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(authConfig.KEY) config: ConfigType<typeof authConfig>,
  ) {
    this.successorKey = Buffer.from(
      hkdfSync('sha256', config.passwordPepper, '', 'refresh-token-successor', 32),
    );
  }

  /** The first token of a session, added to the unit of work that `em` holds. */
  issue(session: Session, em: EntityManager): IssuedRefreshToken {
    return this.store(randomBytes(32).toString('base64url'), session, em);
  }

  /**
   * Uses a token up and returns its successor. One that was used before, beyond the grace, is in two hands: its
   * session ends.
   *
   * @throws AuthError `invalid_refresh_token`
   */
  async rotate(token: string): Promise<Renewal> {
    const renewal = await this.em.fork().transactional((em) => this.redeem(token, em));
    if ('reusedIn' in renewal) {
      await this.sessions.revoke(renewal.reusedIn.id, 'refresh_token_reused');
      this.log.warn({
        event: 'auth.refresh.reused',
        sessionId: renewal.reusedIn.id,
        userId: renewal.reusedIn.account.id,
      });
      throw AuthError.invalidRefreshToken();
    }
    return renewal;
  }

  private async redeem(token: string, em: EntityManager): Promise<Renewal | { reusedIn: Session }> {
    const now = new Date();
    const tokenHash = hashOf(token);
    // Check and mark are one statement: of any number of simultaneous uses, one finds the token unused.
    const claimed = await em.nativeUpdate(
      RefreshToken,
      { tokenHash, usedAt: null, expiresAt: { $gt: now } },
      { usedAt: now },
    );
    const used = await em.findOne(RefreshToken, { tokenHash }, { populate: ['session'] });
    if (!used || !used.usedAt || !isLive(used.session, now)) throw AuthError.invalidRefreshToken();

    const successor = this.successorOf(token);
    if (claimed === 1) {
      return { ...this.store(successor, used.session, em), session: used.session };
    }
    const stored = await em.findOne(RefreshToken, { tokenHash: hashOf(successor) });
    const isRetry = now.getTime() - used.usedAt.getTime() <= GRACE && stored && !stored.usedAt;
    if (!isRetry) return { reusedIn: used.session };
    return { token: successor, expiresAt: stored.expiresAt, session: used.session };
  }

  private store(token: string, session: Session, em: EntityManager): IssuedRefreshToken {
    const now = Date.now();
    const expiresAt = new Date(Math.min(now + LIFETIME, session.expiresAt.getTime()));
    em.create(RefreshToken, {
      tokenHash: hashOf(token),
      session,
      createdAt: new Date(now),
      expiresAt,
    });
    return { token, expiresAt };
  }

  private successorOf(token: string): string {
    return createHmac('sha256', this.successorKey).update(token).digest('base64url');
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function isLive(session: Session, now: Date): boolean {
  return !session.revokedAt && session.expiresAt > now;
}
