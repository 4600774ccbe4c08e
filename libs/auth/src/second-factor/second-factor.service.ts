import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { lockedAccount } from '../accounts/locked-account.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { FactorChanges } from './factor-changes.service.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import type { RecoveryCodesView } from './second-factor.view.js';
import { SecondFactors } from './second-factors.service.js';

/** Recovery codes at the wish of their owner. */
@Injectable()
export class SecondFactorService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(RecoveryCodes) private readonly recoveryCodes: RecoveryCodes,
    @Inject(FactorChanges) private readonly changes: FactorChanges,
  ) {}

  /** @throws AuthError `second_factor_off` */
  async renewRecoveryCodes(principal: Principal, client: ClientOrigin): Promise<RecoveryCodesView> {
    const { userId } = principal;
    const recoveryCodes = await this.em.fork().transactional(async (em) => {
      await lockedAccount(em, userId);
      const { isOn } = await this.secondFactors.stateOf(userId, em);
      if (!isOn) throw AuthError.secondFactorOff();
      return this.recoveryCodes.replace(userId, em);
    });
    await this.changes.announce(principal, 'recovery_codes_renewed', client);
    return { recoveryCodes };
  }
}
