import { EntityManager } from '@mikro-orm/core';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import { whoAsksForMore } from '../guards/own-account-route.js';
import type { Principal } from '../tokens/principal.js';
import { emailConfig } from './email.config.js';

/**
 * Global: where an address is required, an account without a verified one reaches nothing but itself. A device
 * without an account has none to verify.
 */
@Injectable()
export class VerifiedEmailGuard implements CanActivate {
  private readonly log = new Logger('Authorization');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(emailConfig.KEY) private readonly config: ConfigType<typeof emailConfig>,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const user = this.config.isRequired ? whoAsksForMore(context) : undefined;
    return !user || user.hasVerifiedEmail || this.assertVerified(user);
  }

  /** The principal may be a second old, and its owner has perhaps just verified the address. */
  private async assertVerified({ userId }: Principal): Promise<true> {
    const verified = { id: userId, emailVerifiedAt: { $ne: null } };
    if ((await this.em.fork().count(Account, verified)) > 0) return true;
    this.log.warn({ event: 'auth.forbidden', code: 'email_not_verified', userId });
    throw new AuthError('email_not_verified', 'Verify your mail address first.');
  }
}
