import { EntityManager } from '@mikro-orm/core';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AuthError } from '../auth.error.js';
import { whoAsksForMore } from '../guards/own-account-route.js';
import { Session } from '../sessions/session.entity.js';
import type { Principal } from '../tokens/principal.js';
import { secondFactorConfig } from './second-factor.config.js';

/**
 * Global: where a second factor is required (ASVS 5.0, 6.3.3), a session in which none was ever proved reaches nothing
 * but its own account, to set one up. A device without an account has none to prove.
 */
@Injectable()
export class SecondFactorGuard implements CanActivate {
  private readonly log = new Logger('Authorization');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(secondFactorConfig.KEY) private readonly config: ConfigType<typeof secondFactorConfig>,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const user = this.config.isRequired ? whoAsksForMore(context) : undefined;
    return !user || user.hasSecondFactor || this.assertProved(user);
  }

  /** The principal may be a second old, and its owner has perhaps just set a factor up. */
  private async assertProved({ userId, sessionId }: Principal): Promise<true> {
    const proved = { id: sessionId, secondFactorAt: { $ne: null } };
    if ((await this.em.fork().count(Session, proved)) > 0) return true;
    this.log.warn({ event: 'auth.forbidden', code: 'second_factor_needed', userId });
    throw AuthError.secondFactorNeeded();
  }
}
