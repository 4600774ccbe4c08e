import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { foldedName } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { namesOf, PasswordPolicy } from '../credentials/password-policy.service.js';
import { EmailService } from '../email/email.service.js';
import { SessionService } from '../sessions/session.service.js';
import type { RegisterDto } from '../sign-in/credentials.dto.js';
import { SessionOpening } from '../sign-in/session-opening.service.js';
import type { TokensView } from '../sign-in/tokens.view.js';
import type { Principal } from '../tokens/principal.js';
import type { StartDeviceDto } from './anonymous.dto.js';

/** Devices that begin without an account, and what becomes of them. */
@Injectable()
export class AnonymousService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PasswordPolicy) private readonly policy: PasswordPolicy,
    @Inject(PasswordHasher) private readonly passwords: PasswordHasher,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(EmailService) private readonly emails: EmailService,
    @Inject(SessionOpening) private readonly opening: SessionOpening,
  ) {}

  /** A new account that only this device's tokens open. Its name is none that anybody could register. */
  async start({ device }: StartDeviceDto, client: ClientOrigin): Promise<TokensView> {
    const id = v7();
    return this.em.fork().transactional(async (em) => {
      const account = em.create(Account, {
        id,
        username: `~${id}`,
        usernameKey: `~${id}`,
        role: 'user',
        isAnonymous: true,
        createdAt: new Date(),
      });
      await em.flush();
      return this.opening.open(em, account, { client, device, methods: ['device'] });
    });
  }

  /**
   * Gives the device's account a name and a password. It stays the same account, with all it holds; its session is
   * replaced (ASVS 5.0, 7.2.4).
   *
   * @throws AuthError `not_anonymous`, `weak_password`, `username_taken`
   */
  async upgrade(
    principal: Principal,
    input: RegisterDto,
    client: ClientOrigin,
  ): Promise<TokensView> {
    if (!principal.isAnonymous) throw notAnonymous();
    const { username, password, email, device } = input;
    this.emails.assertGiven(email);
    await this.policy.assertAcceptable(password, namesOf(username, email));
    const now = new Date();
    const named = {
      username,
      usernameKey: foldedName(username),
      passwordHash: await this.passwords.hash(password),
      passwordChangedAt: now,
      isAnonymous: false,
    };
    const tokens = await this.em
      .fork()
      .transactional(async (em) => {
        // Check and change in one statement: of two upgrades at once one finds no device any more.
        const which = { id: principal.userId, isAnonymous: true };
        if ((await em.nativeUpdate(Account, which, named)) === 0) throw notAnonymous();
        const account = await em.findOneOrFail(Account, { id: principal.userId });
        return this.opening.open(em, account, { client, device, methods: ['pwd'] });
      })
      .catch((error: unknown) => {
        if (!(error instanceof UniqueConstraintViolationException)) throw error;
        throw AuthError.usernameTaken();
      });
    await this.sessions.revoke(principal.sessionId, 'upgraded');
    if (email !== undefined) await this.emails.change(principal.userId, email);
    return tokens;
  }
}

function notAnonymous(): AuthError {
  return new AuthError('not_anonymous', 'This device has an account already.');
}
