import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.entity.js';
import { holdInUse } from '../accounts/locked-account.js';
import { KnownDevices } from '../devices/known-devices.service.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { type IssuedRefreshToken, RefreshTokenService } from '../sessions/refresh-token.service.js';
import {
  type OpenSession,
  SessionService,
  type SessionStart,
} from '../sessions/session.service.js';
import { AccessTokenService } from '../tokens/access-token.service.js';
import type { TokensView } from './tokens.view.js';

/** How many live sessions an account may have; the one not seen for longest gives way (ASVS 5.0, 7.1.2). */
const MOST_SESSIONS = 20;

/** Every way of signing in ends here: a new session with new tokens (ASVS 5.0, 7.2.4). */
@Injectable()
export class SessionOpening {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(RefreshTokenService) private readonly refreshTokens: RefreshTokenService,
    @Inject(AccessTokenService) private readonly accessTokens: AccessTokenService,
    @Inject(KnownDevices) private readonly devices: KnownDevices,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /** Opens the first session of an account that the transaction of `em` has made or taken over, and flushed. */
  async open(
    em: EntityManager,
    account: Pick<Account, 'id' | 'isAnonymous'>,
    how: SessionStart,
  ): Promise<TokensView> {
    const device = account.isAnonymous
      ? undefined
      : await this.devices.remember(em, account.id, how.device ?? {});
    const session = await this.sessions.open(em, account.id, how, device?.id);
    const tokens = this.tokensOf(session, await this.refreshTokens.issue(em, session));
    return device?.token ? Object.assign(tokens, { deviceToken: device.token }) : tokens;
  }

  /**
   * Opens a session for somebody who has proved all that was to be proved, and tells the owner of a new device. `seen`
   * is the account as it was before. It is locked and looked at again: undefined if it is not in use any more, if all
   * its sessions have been ended meanwhile, as by a new password, or if `stillHolds` says so.
   */
  async enter(
    seen: Pick<Account, 'id' | 'epoch' | 'isAnonymous'>,
    how: SessionStart,
    stillHolds?: (em: EntityManager) => Promise<boolean>,
  ): Promise<TokensView | undefined> {
    const entered = await this.em.fork().transactional(async (em) => {
      if (!(await holdInUse(em, seen))) return undefined;
      if (stillHolds && !(await stillHolds(em))) return undefined;
      const ended = await this.sessions.makeRoom(em, seen.id, MOST_SESSIONS - 1);
      return { ended, tokens: await this.open(em, seen, how) };
    });
    if (!entered) return undefined;
    this.sessions.forget(entered.ended);
    if (entered.tokens.deviceToken !== undefined) {
      const from = { ip: how.client.ip, deviceName: how.device?.name };
      await this.notices.tell(seen.id, 'new_device', from);
    }
    return entered.tokens;
  }

  /** What the client gets of a session that it holds a new refresh token of. */
  tokensOf(session: OpenSession, refresh: IssuedRefreshToken): TokensView {
    const userId = session.account.id;
    const access = this.accessTokens.issue(userId, session.id, session.dpopKey ?? undefined);
    return {
      userId,
      accessToken: access.token,
      expiresAt: access.expiresAt.toISOString(),
      refreshToken: refresh.token,
      refreshExpiresAt: refresh.expiresAt.toISOString(),
      ...(session.dpopKey ? { tokenType: 'DPoP' as const } : {}),
    };
  }
}
