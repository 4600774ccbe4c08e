import { EntityManager } from '@mikro-orm/core';
import { emitSignal } from '@app/signals';
import { Injectable } from '@nestjs/common';
import { lockIfActive } from '../accounts/account-lock.js';
import { Account } from '../accounts/account.entity.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { AccessBlocks } from './access-blocks.js';
import { KnownDeviceService } from './devices/known-device.service.js';
import { type IssuedRefreshToken, RefreshTokenService } from './refresh-token.service.js';
import { SessionError } from './session.error.js';
import { type OpenSession, SessionService, type SessionStart } from './session.service.js';
import type { TokensView } from './tokens.view.js';
import { AccessTokenService } from './tokens/access-token.service.js';

/** The most live sessions of an account; a further sign-in ends the least recently seen one (ASVS 5.0, 7.1.2). */
const MAX_SESSIONS_PER_ACCOUNT = 20;

/** The one place that opens sessions: every sign-in creates a new session with new tokens (ASVS 5.0, 7.2.4). */
@Injectable()
export class SessionOpeningService {
  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly refreshTokens: RefreshTokenService,
    private readonly accessTokens: AccessTokenService,
    private readonly devices: KnownDeviceService,
    private readonly notices: SecurityNoticeService,
    private readonly blocks: AccessBlocks,
  ) {}

  /** Opens the first session of an account that the transaction of `em` has created or upgraded, and flushed. */
  async open(
    em: EntityManager,
    account: Pick<Account, 'id' | 'isAnonymous'>,
    how: SessionStart,
  ): Promise<TokensView> {
    // Also for an anonymous account: the device token lets it retry a renewal whose response was lost.
    const device = await this.devices.remember(em, account.id, how.device ?? {});
    if (this.blocks.isDeviceBlocked(device.id)) throw SessionError.accessBlocked(account.id);
    const session = await this.sessions.open(em, account.id, how, device.id);
    const tokens = this.tokensOf(session, await this.refreshTokens.issue(em, session));
    return device.token ? Object.assign(tokens, { deviceToken: device.token }) : tokens;
  }

  /**
   * Opens a session after successful authentication and notifies the owner of a new device. `seen` is the account as
   * authenticated. It is locked and read again: undefined if it is no longer active, if all its sessions were ended
   * meanwhile (for example by a new password), if it is blocked, or if `stillHolds` answers false.
   *
   * @throws SessionError `access_blocked` on a device that is blocked; `sign_in_off`
   */
  async enter(
    seen: Pick<Account, 'id' | 'epoch' | 'isAnonymous'>,
    how: SessionStart,
    stillHolds?: (em: EntityManager) => Promise<boolean>,
  ): Promise<TokensView | undefined> {
    if (this.blocks.isAccountBlocked(seen.id)) return undefined;
    const entered = await this.em.fork().transactional(async (em) => {
      if (!(await lockIfActive(em, seen))) return undefined;
      await this.assertMaySignIn(em, seen.id);
      if (stillHolds && !(await stillHolds(em))) return undefined;
      const ended = await this.sessions.makeRoom(em, seen.id, MAX_SESSIONS_PER_ACCOUNT - 1);
      return { ended, tokens: await this.open(em, seen, how) };
    });
    if (!entered) return undefined;
    this.sessions.forget(entered.ended);
    const isNewDevice = entered.tokens.deviceToken !== undefined;
    emitSignal({
      type: 'sign-in.succeeded',
      ip: how.client.ip,
      accountId: seen.id,
      isNewDevice,
    });
    if (isNewDevice) {
      const from = { ip: how.client.ip, deviceName: how.device?.name };
      await this.notices.tell(seen.id, 'new_device', from);
    }
    return entered.tokens;
  }

  /** Operators can: they have to switch it on again. */
  private async assertMaySignIn(em: EntityManager, id: string): Promise<void> {
    if (!this.blocks.isSignInOff) return;
    if ((await em.count(Account, { id, role: 'admin' })) === 0) throw SessionError.signInOff();
  }

  /** The token response for a session and its new refresh token. */
  tokensOf(session: OpenSession, refresh: IssuedRefreshToken): TokensView {
    const accountId = session.account.id;
    const access = this.accessTokens.issue(accountId, session.id, session.dpopKey ?? undefined);
    return {
      userId: accountId,
      accessToken: access.token,
      expiresAt: access.expiresAt.toISOString(),
      refreshToken: refresh.token,
      refreshExpiresAt: refresh.expiresAt.toISOString(),
      ...(session.dpopKey ? { tokenType: 'DPoP' as const } : {}),
    };
  }
}
