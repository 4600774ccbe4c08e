import type { ClientOrigin } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { tagRequestAccount } from '@app/logging';
import { Injectable } from '@nestjs/common';
import { isActive } from '../../accounts/account-state.js';
import { Account } from '../../accounts/account.entity.js';
import type { DeviceDto } from '../../sessions/devices/device.dto.js';
import { SessionOpeningService } from '../../sessions/session-opening.service.js';
import type { TokensView } from '../../sessions/tokens.view.js';
import { AuthChallengeService } from '../challenges/auth-challenge.service.js';
import { FactorError } from '../factor.error.js';
import { LockoutService } from '../guessing/lockout.service.js';
import { PasskeyAssertionService } from '../passkeys/passkey-assertion.service.js';
import type { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { FactorStatusService } from '../second-factor/factor-status.service.js';
import type { CompleteLoginDto } from './factor-proof.dto.js';
import { factorProofOf } from './factor-proof.js';
import { FactorProofService } from './factor-proof.service.js';

/** The state of a sign-in that waits for its second factor. */
interface PendingLogin {
  readonly device?: DeviceDto;
  readonly dpopKey?: string;
  /** The epoch of the account when its password was verified. */
  readonly epoch: number;
}

/** The second step of a sign-in, for an account with a second factor. */
@Injectable()
export class SecondFactorLoginService {
  constructor(
    private readonly em: EntityManager,
    private readonly challenges: AuthChallengeService,
    private readonly factorStatus: FactorStatusService,
    private readonly proofs: FactorProofService,
    private readonly passkeys: PasskeyAssertionService,
    private readonly lockout: LockoutService,
    private readonly opening: SessionOpeningService,
  ) {}

  /**
   * Ends the first step of a sign-in, after a right password, if the account has a second factor.
   *
   * @throws FactorError `second_factor_required`, with the challenge for the second step
   */
  async challengeIfNeeded(
    account: Pick<Account, 'id' | 'epoch'>,
    device: DeviceDto | undefined,
    client: ClientOrigin,
  ): Promise<void> {
    const methods = await this.factorStatus.methodsOf(account.id);
    if (methods.length === 0) return;
    tagRequestAccount(account.id);
    const { dpopKey } = client;
    const login: PendingLogin = { device, dpopKey, epoch: account.epoch };
    const challenge = await this.challenges.issue('login', account.id, login);
    throw FactorError.secondFactorRequired(challenge, methods);
  }

  /**
   * Completes the sign-in. A wrong proof leaves the challenge valid and is counted separately from passwords; a right
   * one consumes the challenge.
   *
   * @throws FactorError `invalid_challenge`, `invalid_second_factor`, `too_many_attempts`
   */
  async complete(
    { challenge, ...given }: CompleteLoginDto,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const proof = factorProofOf(given);
    const { account, login } = await this.pending(challenge, client);
    const { device } = login;
    const { proved, isLocking } = await this.lockout.testFactor(account, { client, device }, () =>
      this.proofs.accept(account.id, proof, 'passkey_second_factor'),
    );
    if (!proved) throw FactorError.invalidSecondFactor(isLocking);
    const how = { client, device, methods: ['pwd' as const, proved.method] };
    const tokens = await this.opening.enter(account, how, async (em) => {
      // An error rolls both consumptions back: of concurrent calls, one signs in and consumes its proof.
      if (!(await this.challenges.use('login', challenge, em)))
        throw FactorError.invalidChallenge();
      if (!(await proved.claim(em))) throw FactorError.invalidSecondFactor();
      return true;
    });
    if (!tokens) throw FactorError.invalidChallenge();
    await this.proofs.announce(account.id, proved, client);
    return tokens;
  }

  /** @throws FactorError `invalid_challenge`, `second_factor_off` */
  async passkeyOptions(challenge: string, client: ClientOrigin): Promise<PasskeyOptionsView> {
    const { account } = await this.pending(challenge, client);
    return this.passkeys.askAccount('passkey_second_factor', account.id);
  }

  /** A pending sign-in of the client that began it: both steps have the same DPoP key, or neither has one. */
  private async pending(
    challenge: string,
    client: ClientOrigin,
  ): Promise<{ account: Account; login: PendingLogin }> {
    const found = await this.challenges.find<PendingLogin>('login', challenge);
    if (!found || found.data.dpopKey !== client.dpopKey) throw FactorError.invalidChallenge();
    const account = await this.em.fork().findOne(Account, { id: found.accountId });
    // The password of the first step may have been replaced.
    if (!account || !isActive(account) || account.epoch !== found.data.epoch) {
      throw FactorError.invalidChallenge();
    }
    tagRequestAccount(account.id);
    return { account, login: found.data };
  }
}
