import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { foldedName } from '@app/security';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import { type AccountView, toAccountView } from '../accounts/account.view.js';
import { AuthError } from '../auth.error.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { assertAcceptablePassword } from '../credentials/password-policy.js';
import { type IssuedRefreshToken, RefreshTokenService } from '../sessions/refresh-token.service.js';
import { SessionService } from '../sessions/session.service.js';
import { AccessTokenService } from '../tokens/access-token.service.js';
import type { Principal } from '../tokens/principal.js';
import type { LoginDto, RegisterDto } from './credentials.dto.js';
import type { TokensView } from './tokens.view.js';

/** Opens, renews and closes sessions. */
@Injectable()
export class SignInService {
  private readonly log = new Logger('SignIn');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PasswordHasher) private readonly passwords: PasswordHasher,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(RefreshTokenService) private readonly refreshTokens: RefreshTokenService,
    @Inject(AccessTokenService) private readonly accessTokens: AccessTokenService,
  ) {}

  /** @throws AuthError `weak_password`, `username_taken` */
  async register({ username, password }: RegisterDto): Promise<TokensView> {
    await assertAcceptablePassword(password, username);
    const passwordHash = await this.passwords.hash(password);
    try {
      return await this.em.fork().transactional(async (em) => {
        const account = em.create(Account, {
          id: v7(),
          username,
          usernameKey: foldedName(username),
          passwordHash,
          role: 'user',
          createdAt: new Date(),
        });
        const tokens = this.openSession(account, em);
        await em.flush();
        return tokens;
      });
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw new AuthError('username_taken', 'This username is taken. Choose another one.');
    }
  }

  /** @throws AuthError `invalid_credentials`, after the same time whether or not the account exists */
  async login({ username, password }: LoginDto): Promise<TokensView> {
    const em = this.em.fork();
    const account = await em.findOne(Account, { usernameKey: foldedName(username) });
    if (!(await this.passwords.verify(password, account?.passwordHash)) || !account) {
      this.log.warn({ event: 'auth.login.failed', userId: account?.id });
      throw AuthError.invalidCredentials();
    }
    const tokens = this.openSession(account, em);
    await em.flush();
    return tokens;
  }

  /** @throws AuthError `invalid_refresh_token` */
  async refresh(refreshToken: string): Promise<TokensView> {
    const renewal = await this.refreshTokens.rotate(refreshToken);
    return this.tokensOf(renewal.session.account.id, renewal.session.id, renewal);
  }

  async logout(principal: Principal): Promise<void> {
    await this.sessions.revoke(principal.sessionId, 'logout');
  }

  async accountOf(principal: Principal): Promise<AccountView> {
    return toAccountView(await this.em.fork().findOneOrFail(Account, { id: principal.userId }));
  }

  private openSession(account: Account, em: EntityManager): TokensView {
    const session = this.sessions.open(account, em);
    return this.tokensOf(account.id, session.id, this.refreshTokens.issue(session, em));
  }

  private tokensOf(userId: string, sessionId: string, refresh: IssuedRefreshToken): TokensView {
    const access = this.accessTokens.issue(userId, sessionId);
    return {
      userId,
      accessToken: access.token,
      expiresAt: access.expiresAt.toISOString(),
      refreshToken: refresh.token,
      refreshExpiresAt: refresh.expiresAt.toISOString(),
    };
  }
}
