import { OwnAccountGuard, type Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../account.entity.js';
import { AccountError } from '../account.error.js';
import { emailConfig } from './email.config.js';

/** Global: with EMAIL=required, an account without a verified address can use only the routes of its own account. */
@Injectable()
export class VerifiedEmailGuard extends OwnAccountGuard {
  protected override readonly isRequired: boolean;

  constructor(
    private readonly em: EntityManager,
    @Inject(emailConfig.KEY) config: ConfigType<typeof emailConfig>,
  ) {
    super();
    this.isRequired = config.isRequired;
  }

  protected override isInOrder({ hasVerifiedEmail }: Principal): boolean {
    return hasVerifiedEmail;
  }

  protected override async isInOrderNow({ accountId }: Principal): Promise<boolean> {
    const verified = { id: accountId, emailVerifiedAt: { $ne: null } };
    return (await this.em.fork().count(Account, verified)) > 0;
  }

  protected override refusal(): AccountError {
    return new AccountError('email_not_verified', 'Verify your mail address first.');
  }
}
