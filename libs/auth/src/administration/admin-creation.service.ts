import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { AuditWitness } from '@app/logging';
import { foldedName } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { PasswordPolicy } from '../credentials/password-policy.service.js';

/** Administrators' accounts, for whoever has access to the machine: no call of the API makes a first one. */
@Injectable()
export class AdminCreation {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PasswordPolicy) private readonly policy: PasswordPolicy,
    @Inject(PasswordHasher) private readonly passwords: PasswordHasher,
  ) {}

  /**
   * There is no such account without its record.
   *
   * @throws AuthError `weak_password`, `username_taken`
   */
  async create(username: string, password: string, record: AuditWitness): Promise<void> {
    await this.policy.assertAcceptable(password, [username]);
    const passwordHash = await this.passwords.hash(password);
    const now = new Date();
    const id = v7();
    try {
      await this.em.fork().transactional(async (em) => {
        await em.insert(Account, {
          id,
          username,
          usernameKey: foldedName(username),
          passwordHash,
          passwordChangedAt: now,
          role: 'admin',
          isAnonymous: false,
          createdAt: now,
        });
        await record(id, em);
      });
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw AuthError.usernameTaken();
    }
  }
}
