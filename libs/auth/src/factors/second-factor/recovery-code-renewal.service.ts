import type { ClientOrigin, Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { lockAccount } from '../../accounts/account-lock.js';
import { FactorError } from '../factor.error.js';
import { FactorChangeService } from './factor-change.service.js';
import { FactorStatusService } from './factor-status.service.js';
import { RecoveryCodeService } from './recovery-code.service.js';
import type { RecoveryCodesView } from './second-factor.view.js';

/** Replaces the recovery codes at the request of the account owner. */
@Injectable()
export class RecoveryCodeRenewalService {
  constructor(
    private readonly em: EntityManager,
    private readonly factorStatus: FactorStatusService,
    private readonly recoveryCodes: RecoveryCodeService,
    private readonly changes: FactorChangeService,
  ) {}

  /** @throws FactorError `second_factor_off` */
  async renewRecoveryCodes(principal: Principal, client: ClientOrigin): Promise<RecoveryCodesView> {
    const { accountId } = principal;
    const recoveryCodes = await this.em.fork().transactional(async (em) => {
      await lockAccount(em, accountId);
      const { isOn } = await this.factorStatus.stateOf(accountId, em);
      if (!isOn) throw FactorError.secondFactorOff();
      return this.recoveryCodes.replace(accountId, em);
    });
    await this.changes.announce(principal, 'recovery_codes_renewed', client);
    return { recoveryCodes };
  }
}
