import { OwnAccountGuard, type Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Session } from '../../sessions/session.entity.js';
import { FactorError } from '../factor.error.js';
import { secondFactorConfig } from './second-factor.config.js';

/**
 * Global: with SECOND_FACTOR=required (ASVS 5.0, 6.3.3), a session without a verified second factor can use only the
 * routes of its own account, where one can be set up.
 */
@Injectable()
export class SecondFactorGuard extends OwnAccountGuard {
  protected override readonly isRequired: boolean;

  constructor(
    private readonly em: EntityManager,
    @Inject(secondFactorConfig.KEY) config: ConfigType<typeof secondFactorConfig>,
  ) {
    super();
    this.isRequired = config.isRequired;
  }

  protected override isInOrder({ hasSecondFactor }: Principal): boolean {
    return hasSecondFactor;
  }

  protected override async isInOrderNow({ sessionId }: Principal): Promise<boolean> {
    const proved = { id: sessionId, secondFactorAt: { $ne: null } };
    return (await this.em.fork().count(Session, proved)) > 0;
  }

  protected override refusal(): FactorError {
    return FactorError.secondFactorSetupRequired();
  }
}
