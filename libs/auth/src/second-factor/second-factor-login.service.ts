import { EntityManager } from '@mikro-orm/core';
import { noteAccount } from '@app/logging';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { isInUse } from '../accounts/account-use.js';
import { AuthError } from '../auth.error.js';
import { AuthChallenges } from '../challenges/auth-challenges.service.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import type { DeviceDto } from '../devices/device.dto.js';
import { Guessing } from '../guessing/guessing.service.js';
import { PasskeyAssertions } from '../passkeys/passkey-assertions.service.js';
import type { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { SessionOpening } from '../sign-in/session-opening.service.js';
import type { TokensView } from '../sign-in/tokens.view.js';
import type { CompleteLoginDto } from './factor-proof.dto.js';
import { factorProofOf } from './factor-proof.js';
import { FactorProofs } from './factor-proofs.service.js';
import { SecondFactors } from './second-factors.service.js';

/** What the gateway remembers of a login until its second factor comes. */
interface PendingLogin {
  readonly device?: DeviceDto;
  readonly dpopKey?: string;
  /** That of the account when its password was tested. */
  readonly epoch: number;
}

/** The second half of a login, where the password was right and is not enough. */
@Injectable()
export class SecondFactorLogin {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(AuthChallenges) private readonly challenges: AuthChallenges,
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(FactorProofs) private readonly proofs: FactorProofs,
    @Inject(PasskeyAssertions) private readonly passkeys: PasskeyAssertions,
    @Inject(Guessing) private readonly guessing: Guessing,
    @Inject(SessionOpening) private readonly opening: SessionOpening,
  ) {}

  /** What a login to an account in use still needs after a right password; undefined if nothing. */
  async demandOf(
    account: Pick<Account, 'id' | 'epoch'>,
    device: DeviceDto | undefined,
    client: ClientOrigin,
  ): Promise<AuthError | undefined> {
    const methods = await this.secondFactors.methodsOf(account.id);
    if (methods.length === 0) return undefined;
    noteAccount(account.id);
    const { dpopKey } = client;
    const login: PendingLogin = { device, dpopKey, epoch: account.epoch };
    const challenge = await this.challenges.issue('login', account.id, login);
    return AuthError.secondFactorRequired(challenge, methods);
  }

  /**
   * Signs in. A wrong proof leaves the challenge as it is and is counted, apart from passwords; a right one uses it up.
   *
   * @throws AuthError `invalid_challenge`, `invalid_second_factor`, `too_many_attempts`
   */
  async complete(
    { challenge, ...given }: CompleteLoginDto,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const proof = factorProofOf(given);
    const { account, login } = await this.pending(challenge, client);
    const { device } = login;
    const method = await this.guessing.factorOf(account, { client, device }, () =>
      this.proofs.accept(account.id, proof, 'passkey_second_factor', client),
    );
    if (!method) throw AuthError.invalidSecondFactor();
    if (!(await this.challenges.use('login', challenge))) throw AuthError.invalidChallenge();
    const how = { client, device, methods: ['pwd' as const, method] };
    const tokens = await this.opening.enter(account, how);
    if (!tokens) throw AuthError.invalidChallenge();
    return tokens;
  }

  /** @throws AuthError `invalid_challenge`, `second_factor_off` */
  async passkeyOptions(challenge: string, client: ClientOrigin): Promise<PasskeyOptionsView> {
    const { account } = await this.pending(challenge, client);
    return this.passkeys.askAccount('passkey_second_factor', account.id);
  }

  /** A login that still waits, for the client that began it: the one with the same DPoP key, or both with none. */
  private async pending(
    challenge: string,
    client: ClientOrigin,
  ): Promise<{ account: Account; login: PendingLogin }> {
    const found = await this.challenges.find<PendingLogin>('login', challenge);
    if (!found || found.data.dpopKey !== client.dpopKey) throw AuthError.invalidChallenge();
    const account = await this.em.fork().findOne(Account, { id: found.accountId });
    // The password that began it may be void by now.
    if (!account || !isInUse(account) || account.epoch !== found.data.epoch) {
      throw AuthError.invalidChallenge();
    }
    noteAccount(account.id);
    return { account, login: found.data };
  }
}
