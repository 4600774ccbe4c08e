import { EntityManager } from '@mikro-orm/core';
import { SecurityError } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../accounts/account.entity.js';
import { authConfig } from '../auth.config.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { Guessing } from '../guessing/guessing.service.js';
import { PasskeyAssertions } from '../passkeys/passkey-assertions.service.js';
import type { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { type FactorProof, factorProofOf } from '../second-factor/factor-proof.js';
import { FactorProofs } from '../second-factor/factor-proofs.service.js';
import { SecondFactors } from '../second-factor/second-factors.service.js';
import { Session } from '../sessions/session.entity.js';
import { SessionReplacement } from '../sign-in/session-replacement.service.js';
import type { TokensView } from '../sign-in/tokens.view.js';
import type { Principal } from '../tokens/principal.js';
import type { StepUpPolicy } from './requires-step-up.decorator.js';
import type { StepUpDto } from './step-up.dto.js';

/**
 * Recent proof of a credential for sensitive calls (ASVS 5.0, 7.5.1; NIST SP 800-63B-4 §5.2): a stolen phone that
 * is unlocked, or a stolen access token, is not enough for them.
 */
@Injectable()
export class StepUpService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(PasswordHasher) private readonly passwords: PasswordHasher,
    @Inject(FactorProofs) private readonly proofs: FactorProofs,
    @Inject(SessionReplacement) private readonly replacement: SessionReplacement,
    @Inject(PasskeyAssertions) private readonly passkeys: PasskeyAssertions,
    @Inject(Guessing) private readonly guessing: Guessing,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {}

  /**
   * Looks at the database and at no cache: a step-up on one instance counts on all of them at once.
   *
   * @throws AuthError `step_up_required`, `second_factor_needed`, `account_required`, `session_ended`
   */
  async assertRecent(principal: Principal, policy: StepUpPolicy): Promise<void> {
    if (principal.isAnonymous) {
      if (policy.anonymous) return;
      throw new AuthError('account_required', 'Create an account first.');
    }
    const em = this.em.fork();
    const methods = await this.secondFactors.methodsOf(principal.userId, em);
    if (methods.length === 0 && policy.onlySecondFactor) return;
    if (methods.length === 0 && policy.alwaysSecondFactor) throw AuthError.secondFactorNeeded();
    const session = await em.findOne(Session, { id: principal.sessionId });
    // Deleted since it was last looked at.
    if (!session) throw AuthError.sessionEnded();
    const provedAt = methods.length > 0 ? session.secondFactorAt : session.authenticatedAt;
    if (provedAt && Date.now() - provedAt.getTime() <= this.config.stepUpWindow) return;
    throw AuthError.stepUpRequired(methods.length > 0 ? methods : ['password']);
  }

  /**
   * Takes the password, and only a second factor where there is one. The session is replaced: its tokens from before
   * do not share in the proof, whoever holds a copy of them.
   *
   * @throws AuthError `invalid_credentials`, `invalid_second_factor`, `step_up_required`, `too_many_attempts`,
   * `account_required`; SecurityError `invalid_input` for more than one proof
   */
  async confirm(principal: Principal, given: StepUpDto, client: ClientOrigin): Promise<TokensView> {
    const { password, ...factors } = given;
    if (password !== undefined && Object.values(factors).some((factor) => factor !== undefined)) {
      const message = 'send exactly one proof';
      throw SecurityError.invalidInput([{ field: 'password', message }]);
    }
    const em = this.em.fork();
    const account = await em.findOneOrFail(Account, { id: principal.userId });
    if (account.isAnonymous) throw new AuthError('account_required', 'Create an account first.');
    const methods = await this.secondFactors.methodsOf(principal.userId, em);
    if (methods.length > 0) {
      if (password !== undefined) throw AuthError.stepUpRequired(methods);
      return this.confirmFactor(principal, factorProofOf(factors), client);
    }
    if (password === undefined) throw AuthError.stepUpRequired(['password']);
    await this.assertPassword(principal, account, password, client);
    const proof = { method: 'pwd', isSecondFactor: false } as const;
    return this.replacement.replace(principal, proof, client);
  }

  /** @throws AuthError `second_factor_off` without a passkey */
  passkeyOptions({ userId }: Principal): Promise<PasskeyOptionsView> {
    return this.passkeys.askAccount('passkey_step_up', userId);
  }

  /**
   * Tests the password of somebody who is signed in.
   *
   * @throws AuthError `invalid_credentials`, `too_many_attempts`
   */
  async assertPassword(
    principal: Principal,
    account: Account,
    password: string,
    client: ClientOrigin,
  ): Promise<void> {
    const isRight = await this.guessing.inSession('password', principal, client, () =>
      this.passwords.verify(password, account.passwordHash),
    );
    if (!isRight) throw AuthError.wrongPassword();
  }

  private async confirmFactor(
    principal: Principal,
    proof: FactorProof,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const method = await this.guessing.inSession('factor', principal, client, () =>
      this.proofs.accept(principal.userId, proof, 'passkey_step_up', client),
    );
    if (!method) throw AuthError.invalidSecondFactor();
    const fresh = { method, isSecondFactor: true };
    return this.replacement.replace(principal, fresh, client);
  }
}
