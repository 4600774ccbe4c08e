import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { RecordAudit } from '@app/logging';
import { caseFold } from '@app/security';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import { AccountError } from '../accounts/account.error.js';
import { PasswordHashService } from '../accounts/credentials/password-hash.service.js';
import { PasswordPolicyService } from '../accounts/credentials/password-policy.service.js';

/** Creates administrators' accounts by a command on the server: the API cannot create the first one. */
@Injectable()
export class AdminCreationService {
  constructor(
    private readonly em: EntityManager,
    private readonly policy: PasswordPolicyService,
    private readonly passwords: PasswordHashService,
  ) {}

  /**
   * `record` writes the audit record in the same transaction.
   *
   * @throws AccountError `weak_password`, `username_taken`
   */
  async create(username: string, password: string, record: RecordAudit): Promise<void> {
    await this.policy.assertAcceptable(password, [username]);
    const passwordHash = await this.passwords.hash(password);
    const now = new Date();
    const id = v7();
    try {
      await this.em.fork().transactional(async (em) => {
        await em.insert(Account, {
          id,
          username,
          usernameKey: caseFold(username),
          passwordHash,
          passwordChangedAt: now,
          role: 'admin',
          roleSince: now,
          isAnonymous: false,
          createdAt: now,
        });
        await record(id, em);
      });
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw AccountError.usernameTaken();
    }
  }
}
