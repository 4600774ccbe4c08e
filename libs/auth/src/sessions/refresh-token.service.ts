import { EntityManager } from '@mikro-orm/core';
import { insertRow } from '@app/persistence';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { isDue, isInUse } from '../accounts/account-use.js';
import { authConfig } from '../auth.config.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { maskedAddress } from '../clients/masked-address.js';
import { DpopProofs } from '../dpop/dpop-proofs.service.js';
import { InvalidProof } from '../dpop/proof-flaw.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { hashOf } from '../tokens/token-hash.js';
import { RefreshToken } from './refresh-token.entity.js';
import type { Session } from './session.entity.js';
import { type OpenSession, SessionService } from './session.service.js';

/**
 * How long a used token still answers with its successor, as long as that is not used itself. Milliseconds: longer than
 * a phone waits for an answer before it asks again.
 */
const GRACE = 60_000;

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
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
    @Inject(DpopProofs) private readonly proofs: DpopProofs,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {
    this.successorKey = Buffer.from(
      hkdfSync('sha256', config.passwordPepper, '', 'refresh-token-successor', 32),
    );
  }

  /** The first token of a session that has been written in the transaction of `em`. */
  issue(em: EntityManager, session: OpenSession): Promise<IssuedRefreshToken> {
    return this.store(em, session, randomBytes(32).toString('base64url'));
  }

  /**
   * Uses a token up and returns its successor. One that was used before, beyond the grace, is in two hands: its
   * session ends. Of a session that is bound to a key, only the holder of that key uses anything up or ends anything:
   * for anybody else each of its tokens, whatever its state, gets one and the same answer.
   *
   * @throws AuthError `invalid_refresh_token`, `invalid_dpop_proof`
   */
  async rotate(token: string, client: ClientOrigin): Promise<Renewal> {
    // Before anything waits for the database: what it takes is no fault of the phone.
    const arrivedAt = new Date();
    const renewal = await this.em
      .fork()
      .transactional((em) => this.redeem(em, token, client, arrivedAt));
    if (!('reusedIn' in renewal)) return renewal;
    await this.endReused(renewal.reusedIn);
    throw AuthError.invalidRefreshToken(renewal.reusedIn.account.id);
  }

  /** Of many uses at once, one ends the session and tells of it. */
  private async endReused({ id, account, deviceName }: Session): Promise<void> {
    if (!(await this.sessions.revoke(id, 'refresh_token_reused'))) return;
    this.log.warn({ event: 'auth.refresh.reused', sessionId: id, userId: account.id });
    await this.notices.tell(account.id, 'refresh_token_reused', {
      deviceName: deviceName ?? undefined,
    });
  }

  private async redeem(
    em: EntityManager,
    token: string,
    { dpopKey, ip }: ClientOrigin,
    now: Date,
  ): Promise<Renewal | { reusedIn: Session }> {
    const tokenHash = hashOf(token);
    // Check and mark are one statement: of any number of simultaneous uses, one finds the token unused.
    const claimed = await em.nativeUpdate(
      RefreshToken,
      { tokenHash, usedAt: null, expiresAt: { $gt: now } },
      { usedAt: now },
    );
    const used = await em.findOne(RefreshToken, { tokenHash }, { populate: ['session.account'] });
    // From then on nothing is to name the account, and its tokens are like any that nobody has.
    if (used && isDue(used.session.account)) throw AuthError.invalidRefreshToken();
    // What is thrown takes the mark back, with the transaction.
    this.assertHolder(used?.session, dpopKey);
    if (!used?.usedAt || !this.isLive(used.session, now)) {
      throw AuthError.invalidRefreshToken(used?.session.account.id);
    }

    const successor = this.successorOf(token);
    if (claimed === 1) {
      Object.assign(used.session, { lastSeenAt: now, ip: maskedAddress(ip) });
      return { ...(await this.store(em, used.session, successor)), session: used.session };
    }
    const stored = await em.findOne(RefreshToken, { tokenHash: hashOf(successor) });
    const isRetry = now.getTime() - used.usedAt.getTime() <= GRACE && stored && !stored.usedAt;
    if (!isRetry) return { reusedIn: used.session };
    return { token: successor, expiresAt: this.lastUse(used.session), session: used.session };
  }

  private assertHolder(session: Session | undefined, dpopKey: string | undefined): void {
    if (!session) return;
    const { id } = session.account;
    if (session.dpopKey && session.dpopKey !== dpopKey) throw new InvalidProof('key', id);
    // A session is bound when it is opened or never: one that became bound later could be bound by a thief.
    if (!session.dpopKey && this.proofs.areRequired) throw AuthError.invalidRefreshToken(id);
  }

  private async store(
    em: EntityManager,
    session: OpenSession,
    token: string,
  ): Promise<IssuedRefreshToken> {
    await insertRow(em, 'refresh_tokens', {
      token_hash: hashOf(token),
      session_id: session.id,
      created_at: new Date(),
      // With its session: one that is used by its access token alone has not been idle.
      expires_at: session.expiresAt,
    });
    return { token, expiresAt: this.lastUse(session) };
  }

  /** Until when a token can be used if nothing else of its session is. */
  private lastUse({ expiresAt }: Pick<Session, 'expiresAt'>): Date {
    return new Date(Math.min(Date.now() + this.config.sessionIdle, expiresAt.getTime()));
  }

  /** The same as `SessionService.isLive`, for a session that is at hand, and for an account that is in use. */
  private isLive({ revokedAt, expiresAt, lastSeenAt, account }: Session, now: Date): boolean {
    const idleSince = now.getTime() - lastSeenAt.getTime();
    return !revokedAt && expiresAt > now && idleSince < this.config.sessionIdle && isInUse(account);
  }

  private successorOf(token: string): string {
    return createHmac('sha256', this.successorKey).update(token).digest('base64url');
  }
}
