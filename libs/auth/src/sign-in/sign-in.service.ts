import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { foldedName } from '@app/security';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import { accountOfName, type NamedAccount } from '../accounts/account-of-name.js';
import { isInUse } from '../accounts/account-use.js';
import { type AccountView, toAccountView } from '../accounts/account.view.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { namesOf, PasswordPolicy } from '../credentials/password-policy.service.js';
import { EmailService } from '../email/email.service.js';
import { EmailTokens } from '../email/email-tokens.service.js';
import { Guessing } from '../guessing/guessing.service.js';
import { SecondFactorLogin } from '../second-factor/second-factor-login.service.js';
import { RefreshTokenService } from '../sessions/refresh-token.service.js';
import type { Principal } from '../tokens/principal.js';
import type { LoginDto, RegisterDto } from './credentials.dto.js';
import { SessionOpening } from './session-opening.service.js';
import type { TokensView } from './tokens.view.js';

/** Registers accounts, opens and renews sessions. */
@Injectable()
export class SignInService {
  private readonly log = new Logger('SignIn');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PasswordHasher) private readonly passwords: PasswordHasher,
    @Inject(PasswordPolicy) private readonly policy: PasswordPolicy,
    @Inject(Guessing) private readonly guessing: Guessing,
    @Inject(SecondFactorLogin) private readonly secondFactor: SecondFactorLogin,
    @Inject(RefreshTokenService) private readonly refreshTokens: RefreshTokenService,
    @Inject(EmailService) private readonly emails: EmailService,
    @Inject(EmailTokens) private readonly emailTokens: EmailTokens,
    @Inject(SessionOpening) private readonly opening: SessionOpening,
  ) {}

  /** @throws AuthError `weak_password`, `username_taken` */
  async register(input: RegisterDto, client: ClientOrigin): Promise<TokensView> {
    const { username, password, email, device } = input;
    this.emails.assertGiven(email);
    await this.policy.assertAcceptable(password, namesOf(username, email));
    const passwordHash = await this.passwords.hash(password);
    try {
      const tokens = await this.em.fork().transactional(async (em) => {
        const now = new Date();
        const account = em.create(Account, {
          id: v7(),
          username,
          usernameKey: foldedName(username),
          passwordHash,
          passwordChangedAt: now,
          role: 'user',
          isAnonymous: false,
          createdAt: now,
        });
        // Before anything looks for what belongs to it.
        await em.flush();
        return await this.opening.open(em, account, { client, device, methods: ['pwd'] });
      });
      if (email !== undefined) await this.emails.change(tokens.userId, email);
      return tokens;
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw AuthError.usernameTaken();
    }
  }

  /**
   * @throws AuthError `invalid_credentials`, after the same time whether or not the account exists;
   * `second_factor_required`, with what it takes to go on; `too_many_attempts`
   */
  async login({ username, password, device }: LoginDto, client: ClientOrigin): Promise<TokensView> {
    const tried: { account?: NamedAccount } = {};
    const account = await this.guessing.passwordOf(username, client, async () => {
      const found = await accountOfName(this.em.fork(), foldedName(username));
      tried.account = found;
      const isRight = await this.passwords.verify(password, found?.passwordHash);
      // Of an account that is switched off nothing is told, not even by the counter.
      return isRight && found !== undefined && isInUse(found) && found;
    });
    if (!account) {
      const id = tried.account?.id;
      this.log.warn({ event: 'auth.login.failed', userId: id });
      throw AuthError.invalidCredentials(id);
    }
    await this.upgradeHash(account, password);
    const demand = await this.secondFactor.demandOf(account, device, client);
    if (demand) throw demand;
    const tokens = await this.opening.enter(account, { client, device, methods: ['pwd'] });
    if (!tokens) throw AuthError.invalidCredentials(account.id);
    return tokens;
  }

  /** @throws AuthError `invalid_refresh_token`, `invalid_dpop_proof` */
  async refresh(refreshToken: string, client: ClientOrigin): Promise<TokensView> {
    const renewal = await this.refreshTokens.rotate(refreshToken, client);
    return this.opening.tokensOf(renewal.session, renewal);
  }

  async accountOf(principal: Principal): Promise<AccountView> {
    const { userId } = principal;
    const account = await this.em.fork().findOneOrFail(Account, { id: userId });
    return toAccountView(account, await this.emailTokens.pendingEmail(userId));
  }

  /** Now is the only time at which the password is there to be hashed anew. */
  private async upgradeHash({ id, passwordHash }: NamedAccount, password: string): Promise<void> {
    if (!passwordHash || !this.passwords.isOutdated(passwordHash)) return;
    const upgraded = await this.passwords.hash(password);
    // Only in place of the hash that was just verified: the password may have been changed meanwhile.
    await this.em.fork().nativeUpdate(Account, { id, passwordHash }, { passwordHash: upgraded });
  }
}
