import type { ClientOrigin, Principal, StepUpPolicy } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { SecurityError } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../../accounts/account.entity.js';
import { PasswordHashService } from '../../accounts/credentials/password-hash.service.js';
import { turnOf } from '../../accounts/credentials/turn-of.js';
import { SessionReplacementService } from '../../sessions/session-replacement.service.js';
import { Session } from '../../sessions/session.entity.js';
import { SessionError } from '../../sessions/session.error.js';
import type { TokensView } from '../../sessions/tokens.view.js';
import { factorConfig } from '../factor.config.js';
import { FactorError } from '../factor.error.js';
import { LockoutService } from '../guessing/lockout.service.js';
import { PasskeyAssertionService } from '../passkeys/passkey-assertion.service.js';
import type { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { type FactorProof, factorProofOf } from '../proofs/factor-proof.js';
import { FactorProofService } from '../proofs/factor-proof.service.js';
import { FactorStatusService } from '../second-factor/factor-status.service.js';
import type { StepUpDto } from './step-up.dto.js';

/**
 * Recent proof of a credential for sensitive calls (ASVS 5.0, 7.5.1; NIST SP 800-63B-4 §5.2): a stolen, unlocked phone
 * or a stolen access token is not enough.
 */
@Injectable()
export class StepUpService {
  constructor(
    private readonly em: EntityManager,
    private readonly factorStatus: FactorStatusService,
    private readonly passwords: PasswordHashService,
    private readonly proofs: FactorProofService,
    private readonly replacement: SessionReplacementService,
    private readonly passkeys: PasskeyAssertionService,
    private readonly lockout: LockoutService,
    @Inject(factorConfig.KEY) private readonly config: ConfigType<typeof factorConfig>,
  ) {}

  /**
   * Reads the database, not the cache, so that a step-up on one instance takes effect on all at once.
   *
   * @throws FactorError `step_up_required`, `second_factor_setup_required`, `account_required`; SessionError
   * `session_ended`
   */
  async assertRecent(principal: Principal, policy: StepUpPolicy): Promise<void> {
    if (principal.isAnonymous) {
      if (policy.anonymous) return;
      throw FactorError.accountRequired();
    }
    const em = this.em.fork();
    const methods = await this.factorStatus.methodsOf(principal.accountId, em);
    if (methods.length === 0 && policy.onlySecondFactor) return;
    if (methods.length === 0 && policy.alwaysSecondFactor)
      throw FactorError.secondFactorSetupRequired();
    const session = await em.findOne(Session, { id: principal.sessionId });
    // Deleted since the guard checked it.
    if (!session) throw SessionError.sessionEnded();
    const provedAt = methods.length > 0 ? session.secondFactorAt : session.authenticatedAt;
    if (provedAt && Date.now() - provedAt.getTime() <= this.config.stepUpWindow) return;
    throw FactorError.stepUpRequired(methods.length > 0 ? methods : ['password']);
  }

  /**
   * Verifies the password, or a second factor if the account has one. The session is replaced, so that copies of its
   * old tokens do not gain the new authentication.
   *
   * @throws FactorError `invalid_credentials`, `invalid_second_factor`, `step_up_required`, `too_many_attempts`,
   * `account_required`; SecurityError `invalid_input` for more than one proof
   */
  async confirm(principal: Principal, given: StepUpDto, client: ClientOrigin): Promise<TokensView> {
    const { password, ...factors } = given;
    if (password !== undefined && Object.values(factors).some((factor) => factor !== undefined)) {
      const message = 'send exactly one proof';
      throw SecurityError.invalidInput([{ field: 'password', message }]);
    }
    const em = this.em.fork();
    const account = await em.findOneOrFail(Account, { id: principal.accountId });
    if (account.isAnonymous) throw FactorError.accountRequired();
    const methods = await this.factorStatus.methodsOf(principal.accountId, em);
    if (methods.length > 0) {
      if (password !== undefined) throw FactorError.stepUpRequired(methods);
      return this.confirmFactor(principal, factorProofOf(factors), client);
    }
    if (password === undefined) throw FactorError.stepUpRequired(['password']);
    await this.assertPassword(principal, account, password, client);
    const proof = { method: 'pwd', isSecondFactor: false } as const;
    return this.replacement.replace(principal, proof, client);
  }

  /** @throws FactorError `second_factor_off` without a passkey */
  passkeyOptions({ accountId }: Principal): Promise<PasskeyOptionsView> {
    return this.passkeys.askAccount('passkey_step_up', accountId);
  }

  /**
   * Verifies the password of a signed-in account.
   *
   * @throws FactorError `invalid_credentials`, `too_many_attempts`
   */
  async assertPassword(
    principal: Principal,
    account: Account,
    password: string,
    client: ClientOrigin,
  ): Promise<void> {
    const isRight = await this.lockout.testInSession('password', principal, client, () =>
      this.passwords.verify(password, account.passwordHash, turnOf(client, principal)),
    );
    if (!isRight) throw FactorError.wrongPassword();
  }

  private async confirmFactor(
    principal: Principal,
    proof: FactorProof,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const { accountId } = principal;
    const proved = await this.lockout.testInSession('factor', principal, client, () =>
      this.proofs.accept(accountId, proof, 'passkey_step_up'),
    );
    if (!proved) throw FactorError.invalidSecondFactor();
    const fresh = { method: proved.method, isSecondFactor: true };
    const tokens = await this.replacement.replace(principal, fresh, client, async (em) => {
      if (!(await proved.claim(em))) throw FactorError.invalidSecondFactor();
    });
    await this.proofs.announce(accountId, proved, client);
    return tokens;
  }
}
