import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { lockedAccount } from '../accounts/locked-account.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { maskedAddress } from '../clients/masked-address.js';
import { RefreshTokenService } from '../sessions/refresh-token.service.js';
import { type AuthMethod, Session } from '../sessions/session.entity.js';
import { SessionService } from '../sessions/session.service.js';
import type { Principal } from '../tokens/principal.js';
import { SessionOpening } from './session-opening.service.js';
import type { TokensView } from './tokens.view.js';

/** What somebody who is signed in has just proved. */
export interface FreshProof {
  readonly method: AuthMethod;
  readonly isSecondFactor: boolean;
}

/**
 * Puts a new session in the place of one whose person has proved a credential again (ASVS 5.0, 7.2.4). Whoever holds
 * a copy of the old tokens does not share in the proof: they are signed out by it.
 */
@Injectable()
export class SessionReplacement {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(RefreshTokenService) private readonly refreshTokens: RefreshTokenService,
    @Inject(SessionOpening) private readonly opening: SessionOpening,
  ) {}

  /** It is the same device and ends when the old one would have. @throws AuthError `session_ended` */
  async replace(
    { userId, sessionId }: Pick<Principal, 'userId' | 'sessionId'>,
    { method, isSecondFactor }: FreshProof,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const tokens = await this.em.fork().transactional(async (em) => {
      // Whoever ends all sessions at this moment ends the new one as well, or has ended the old one already.
      const account = await lockedAccount(em, userId);
      const now = new Date();
      const ended = await em.nativeUpdate(
        Session,
        { id: sessionId, account: userId, ...this.sessions.isLive() },
        { revokedAt: now, revokedBecause: 'replaced' },
      );
      // Of two that replace one session, one finds it ended.
      if (ended === 0) throw AuthError.sessionEnded();
      const old = await em.findOneOrFail(Session, { id: sessionId }, { refresh: true });
      const session = em.create(Session, {
        id: v7(),
        account,
        createdAt: old.createdAt,
        expiresAt: old.expiresAt,
        lastSeenAt: now,
        authenticatedAt: now,
        secondFactorAt: isSecondFactor ? now : old.secondFactorAt,
        methods: [...new Set([...old.methods.split(' '), method])].join(' '),
        knownDeviceId: old.knownDeviceId,
        deviceName: old.deviceName,
        platform: old.platform,
        appVersion: old.appVersion,
        ip: maskedAddress(client.ip),
        dpopKey: old.dpopKey,
      });
      await em.flush();
      return this.opening.tokensOf(session, await this.refreshTokens.issue(em, session));
    });
    this.sessions.forget([sessionId]);
    return tokens;
  }
}
