import type { ClientOrigin, Principal } from '@app/access';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { caseFold } from '@app/security';
import { Injectable, Logger } from '@nestjs/common';
import { v7 } from 'uuid';
import { isActive } from '../accounts/account-state.js';
import { Account } from '../accounts/account.entity.js';
import { AccountError } from '../accounts/account.error.js';
import { type AccountView, toAccountView } from '../accounts/account.view.js';
import { PasswordHashService } from '../accounts/credentials/password-hash.service.js';
import { namesOf, PasswordPolicyService } from '../accounts/credentials/password-policy.service.js';
import { turnOf } from '../accounts/credentials/turn-of.js';
import type { Turn } from '../accounts/credentials/turn-queue.js';
import { EmailTokenService } from '../accounts/email/email-token.service.js';
import { EmailService } from '../accounts/email/email.service.js';
import { findAccountByUsername, type NamedAccount } from '../accounts/find-account-by-username.js';
import { FactorError } from '../factors/factor.error.js';
import { LockoutService } from '../factors/guessing/lockout.service.js';
import { SecondFactorLoginService } from '../factors/proofs/second-factor-login.service.js';
import { RefreshTokenService } from '../sessions/refresh-token.service.js';
import { AccessBlocks } from '../sessions/access-blocks.js';
import { SessionOpeningService } from '../sessions/session-opening.service.js';
import type { TokensView } from '../sessions/tokens.view.js';
import type { LoginDto, RefreshDto, RegisterDto } from './credentials.dto.js';

/** Registers accounts, opens and renews sessions. */
@Injectable()
export class SignInService {
  private readonly log = new Logger('SignIn');

  constructor(
    private readonly em: EntityManager,
    private readonly passwords: PasswordHashService,
    private readonly policy: PasswordPolicyService,
    private readonly lockout: LockoutService,
    private readonly secondFactorLogin: SecondFactorLoginService,
    private readonly refreshTokens: RefreshTokenService,
    private readonly emails: EmailService,
    private readonly emailTokens: EmailTokenService,
    private readonly opening: SessionOpeningService,
    private readonly blocks: AccessBlocks,
  ) {}

  /** @throws AccountError `weak_password`, `username_taken`; SessionError `sign_in_off` */
  async register(input: RegisterDto, client: ClientOrigin): Promise<TokensView> {
    const { username, password, email, device } = input;
    this.blocks.assertSignInOn();
    this.emails.assertGiven(email);
    const turn = turnOf(client);
    await this.policy.assertAcceptable(password, namesOf(username, email), turn);
    const passwordHash = await this.passwords.hash(password, turn);
    try {
      let writeMail: (() => Promise<void>) | undefined;
      const tokens = await this.em.fork().transactional(async (em) => {
        const now = new Date();
        const account = em.create(Account, {
          id: v7(),
          username,
          usernameKey: caseFold(username),
          passwordHash,
          passwordChangedAt: now,
          role: 'user',
          isAnonymous: false,
          createdAt: now,
        });
        // Inserted before the rows that refer to the account.
        await em.flush();
        if (email !== undefined) writeMail = await this.emails.begin(em, account.id, email);
        return await this.opening.open(em, account, { client, device, methods: ['pwd'] });
      });
      await writeMail?.();
      return tokens;
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw AccountError.usernameTaken();
    }
  }

  /**
   * @throws FactorError `invalid_credentials`, after the same time whether or not the account exists;
   * `second_factor_required`, with the challenge for the second step; `too_many_attempts`; SessionError `sign_in_off`,
   * `access_blocked`
   */
  async login({ username, password, device }: LoginDto, client: ClientOrigin): Promise<TokensView> {
    const tried: { account?: NamedAccount } = {};
    const { proved: account, isLocking } = await this.lockout.testPassword(
      username,
      client,
      async () => {
        const found = await findAccountByUsername(this.em.fork(), caseFold(username));
        tried.account = found;
        const isRight = await this.passwords.verify(password, found?.passwordHash, turnOf(client));
        // A disabled account, or a blocked one, is answered and counted like a wrong password.
        if (!isRight || !found || !isActive(found)) return false;
        return !this.blocks.isAccountBlocked(found.id) && found;
      },
    );
    if (!account) {
      const id = tried.account?.id;
      this.log.warn({ event: 'auth.login.failed', userId: id });
      throw FactorError.invalidCredentials(id, isLocking);
    }
    await this.upgradeHash(account, password, turnOf(client));
    await this.secondFactorLogin.challengeIfNeeded(account, device, client);
    const tokens = await this.opening.enter(account, { client, device, methods: ['pwd'] });
    if (!tokens) throw FactorError.invalidCredentials(account.id);
    return tokens;
  }

  /** @throws SessionError `invalid_refresh_token`; DpopError `invalid_dpop_proof` */
  async refresh({ refreshToken, device }: RefreshDto, client: ClientOrigin): Promise<TokensView> {
    const caller = { client, deviceToken: device?.token };
    const renewal = await this.refreshTokens.rotate(refreshToken, caller);
    return this.opening.tokensOf(renewal.session, renewal);
  }

  async accountOf(principal: Principal): Promise<AccountView> {
    const { accountId } = principal;
    const account = await this.em.fork().findOneOrFail(Account, { id: accountId });
    return toAccountView(account, await this.emailTokens.pendingEmail(accountId));
  }

  /** Rehashes the password, which is available at the sign-in only. */
  private async upgradeHash(
    { id, passwordHash }: NamedAccount,
    password: string,
    turn: Turn,
  ): Promise<void> {
    if (!passwordHash || !this.passwords.isOutdated(passwordHash)) return;
    const upgraded = await this.passwords.hash(password, turn);
    // Replaces only the hash that was just verified: the password may have been changed meanwhile.
    await this.em.fork().nativeUpdate(Account, { id, passwordHash }, { passwordHash: upgraded });
  }
}
