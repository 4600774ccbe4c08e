import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import { OwnAccountGuard } from '../guards/own-account.guard.js';
import type { Principal } from '../tokens/principal.js';
import { emailConfig } from './email.config.js';

/** Global: where an address is required, an account without a verified one reaches nothing but itself. */
@Injectable()
export class VerifiedEmailGuard extends OwnAccountGuard {
  protected override readonly isRequired: boolean;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(emailConfig.KEY) config: ConfigType<typeof emailConfig>,
  ) {
    super();
    this.isRequired = config.isRequired;
  }

  protected override isInOrder({ hasVerifiedEmail }: Principal): boolean {
    return hasVerifiedEmail;
  }

  protected override async isInOrderNow({ userId }: Principal): Promise<boolean> {
    const verified = { id: userId, emailVerifiedAt: { $ne: null } };
    return (await this.em.fork().count(Account, verified)) > 0;
  }

  protected override refusal(): AuthError {
    return new AuthError('email_not_verified', 'Verify your mail address first.');
  }
}
