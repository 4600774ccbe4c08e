import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AuthError } from '../auth.error.js';
import { OwnAccountGuard } from '../guards/own-account.guard.js';
import { Session } from '../sessions/session.entity.js';
import type { Principal } from '../tokens/principal.js';
import { secondFactorConfig } from './second-factor.config.js';

/**
 * Global: where a second factor is required (ASVS 5.0, 6.3.3), a session in which none was ever proved reaches nothing
 * but its own account, to set one up.
 */
@Injectable()
export class SecondFactorGuard extends OwnAccountGuard {
  protected override readonly isRequired: boolean;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
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

  protected override refusal(): AuthError {
    return AuthError.secondFactorNeeded();
  }
}
