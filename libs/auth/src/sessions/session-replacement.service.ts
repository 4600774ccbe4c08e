import { type ClientOrigin, maskedAddress, type Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { lockAccount } from '../accounts/account-lock.js';
import { RefreshTokenService } from './refresh-token.service.js';
import { SessionOpeningService } from './session-opening.service.js';
import { type AuthMethod, Session } from './session.entity.js';
import { SessionError } from './session.error.js';
import { SessionService } from './session.service.js';
import type { TokensView } from './tokens.view.js';

/** The credential that a signed-in account has just proved. */
export interface FreshProof {
  readonly method: AuthMethod;
  readonly isSecondFactor: boolean;
}

/**
 * Replaces a session after its account has proved a credential again (ASVS 5.0, 7.2.4). Copies of the old tokens do not
 * gain the new authentication: they become invalid.
 */
@Injectable()
export class SessionReplacementService {
  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly refreshTokens: RefreshTokenService,
    private readonly opening: SessionOpeningService,
  ) {}

  /**
   * The new session keeps the device and the expiry of the old one. `claim` consumes the proof in the same transaction;
   * an error it throws rolls everything back.
   *
   * @throws SessionError `session_ended`
   */
  async replace(
    { accountId, sessionId }: Pick<Principal, 'accountId' | 'sessionId'>,
    { method, isSecondFactor }: FreshProof,
    client: ClientOrigin,
    claim?: (em: EntityManager) => Promise<void>,
  ): Promise<TokensView> {
    const tokens = await this.em.fork().transactional(async (em) => {
      // A concurrent call that ends all sessions either ends the new one too or has already ended the old one.
      const account = await lockAccount(em, accountId);
      const now = new Date();
      const ended = await em.nativeUpdate(
        Session,
        { id: sessionId, account: accountId, ...this.sessions.isLive() },
        { revokedAt: now, revokedBecause: 'replaced' },
      );
      // Of two concurrent replacements of one session, one finds it ended.
      if (ended === 0) throw SessionError.sessionEnded();
      await claim?.(em);
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
        generation: old.generation,
      });
      await em.flush();
      return this.opening.tokensOf(session, await this.refreshTokens.issue(em, session));
    });
    this.sessions.forget([sessionId]);
    return tokens;
  }
}
