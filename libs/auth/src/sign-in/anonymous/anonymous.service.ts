import type { ClientOrigin, Principal } from '@app/access';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { caseFold } from '@app/security';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { Account } from '../../accounts/account.entity.js';
import { AccountError } from '../../accounts/account.error.js';
import { PasswordHashService } from '../../accounts/credentials/password-hash.service.js';
import {
  namesOf,
  PasswordPolicyService,
} from '../../accounts/credentials/password-policy.service.js';
import { turnOf } from '../../accounts/credentials/turn-of.js';
import { EmailService } from '../../accounts/email/email.service.js';
import { AccessBlocks } from '../../sessions/access-blocks.js';
import { SessionOpeningService } from '../../sessions/session-opening.service.js';
import { SessionService } from '../../sessions/session.service.js';
import type { TokensView } from '../../sessions/tokens.view.js';
import type { RegisterDto } from '../credentials.dto.js';
import { SignInError } from '../sign-in.error.js';
import type { StartDeviceDto } from './anonymous.dto.js';

/** Starts anonymous accounts and upgrades them to registered ones. */
@Injectable()
export class AnonymousService {
  constructor(
    private readonly em: EntityManager,
    private readonly policy: PasswordPolicyService,
    private readonly passwords: PasswordHashService,
    private readonly sessions: SessionService,
    private readonly emails: EmailService,
    private readonly opening: SessionOpeningService,
    private readonly blocks: AccessBlocks,
  ) {}

  /**
   * Creates an anonymous account, which only the tokens of this device can access. `USERNAME` excludes its username
   * from registration.
   *
   * @throws SessionError `sign_in_off`
   */
  async start({ device }: StartDeviceDto, client: ClientOrigin): Promise<TokensView> {
    this.blocks.assertSignInOn();
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
   * Gives an anonymous account a username and a password. The account keeps its id and its data; its session is
   * replaced (ASVS 5.0, 7.2.4).
   *
   * @throws SignInError `not_anonymous`; AccountError `weak_password`, `username_taken`
   */
  async upgrade(
    principal: Principal,
    input: RegisterDto,
    client: ClientOrigin,
  ): Promise<TokensView> {
    if (!principal.isAnonymous) throw notAnonymous();
    const { username, password, email, device } = input;
    this.emails.assertGiven(email);
    const turn = turnOf(client, principal);
    await this.policy.assertAcceptable(password, namesOf(username, email), turn);
    const now = new Date();
    const named = {
      username,
      usernameKey: caseFold(username),
      passwordHash: await this.passwords.hash(password, turn),
      passwordChangedAt: now,
      isAnonymous: false,
    };
    let writeMail: (() => Promise<void>) | undefined;
    const tokens = await this.em
      .fork()
      .transactional(async (em) => {
        // One statement checks and changes: of two concurrent upgrades, one is refused.
        const which = { id: principal.accountId, isAnonymous: true };
        if ((await em.nativeUpdate(Account, which, named)) === 0) throw notAnonymous();
        const account = await em.findOneOrFail(Account, { id: principal.accountId });
        await this.sessions.endOne(em, principal.sessionId, 'upgraded');
        if (email !== undefined) writeMail = await this.emails.begin(em, account.id, email);
        return this.opening.open(em, account, { client, device, methods: ['pwd'] });
      })
      .catch((error: unknown) => {
        if (!(error instanceof UniqueConstraintViolationException)) throw error;
        throw AccountError.usernameTaken();
      });
    this.sessions.forget([principal.sessionId]);
    await writeMail?.();
    return tokens;
  }
}

function notAnonymous(): SignInError {
  return new SignInError('not_anonymous', 'This device has an account already.');
}
