import type { ClientOrigin, Principal } from '@app/access';
import { AccountDeletionService } from '@app/auth';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomUUID } from 'node:crypto';
import { privacyConfig } from '../privacy.config.js';
import { PrivacyError } from '../privacy.error.js';
import { PersonalDataSources } from '../sources/personal-data-source.js';
import { ErasureLedgerService } from '../ledger/erasure-ledger.service.js';
import { Erasure } from './erasure.entity.js';
import type { DeletionView } from './erasure.view.js';

/** Erases accounts (GDPR, article 17): the request first, the erasure when its date has passed. */
@Injectable()
export class ErasureService {
  constructor(
    private readonly em: EntityManager,
    private readonly accounts: AccountDeletionService,
    private readonly ledger: ErasureLedgerService,
    @Inject(PersonalDataSources) private readonly sources: PersonalDataSources,
    @Inject(privacyConfig.KEY) private readonly config: ConfigType<typeof privacyConfig>,
  ) {}

  /**
   * An account with a role cannot remove its own name from the audit trail: another administrator removes the role first,
   * which records who held it and until when.
   *
   * @throws PrivacyError `role_held`
   */
  async request(principal: Principal, client: ClientOrigin): Promise<DeletionView> {
    if (principal.role !== 'user') throw PrivacyError.roleHeld();
    const dueAt = await this.accounts.request(principal, this.config.erasureGrace, client);
    if (!dueAt) throw PrivacyError.roleHeld();
    return { deletionDueAt: dueAt.toISOString() };
  }

  /** @throws PrivacyError `erasure_begun`, by the clock of any instance */
  async restore(principal: Principal, client: ClientOrigin): Promise<void> {
    await this.accounts.cancel(principal, client, async (em) => {
      const begun = await em.count(Erasure, { accountId: principal.accountId });
      if (begun > 0) throw PrivacyError.erasureBegun();
    });
  }

  /** Whether work for the account is in progress that the erasure has to wait for. */
  async isInUse(accountId: string): Promise<boolean> {
    for (const source of this.sources.values()) {
      if (await source.isInUse?.(accountId)) return true;
    }
    return false;
  }

  /** Erases what this instance alone stores. Each instance does so before one of them erases the rest. */
  async eraseHere(accountId: string): Promise<void> {
    for (const source of this.sources.values()) {
      if (source.isPerInstance) await source.erase(accountId, '');
    }
  }

  /**
   * Records that the erasure has started: the account cannot be restored from now on. Another instance that erases the
   * account at the same time, or was killed while it did, gets the same pseudonym.
   *
   * @returns undefined if there is nothing to erase: another instance was faster, or the account was restored
   */
  async begin(accountId: string): Promise<Erasure | undefined> {
    const begun = await this.em.fork().findOne(Erasure, { accountId });
    return begun ?? (await this.accounts.whileDue(accountId, (em) => this.note(accountId, em)));
  }

  /**
   * Erases everything, one source after the other, the account last; the ledger has it before. If it fails or the process
   * is killed, it starts again from the first source: what is already erased costs nothing.
   */
  async erase({ accountId, pseudonym, begunAt }: Erasure): Promise<void> {
    await this.ledger.copy();
    // After the others, since the last entry says after a start up to where they are in the file.
    await this.ledger.write(accountId, begunAt);
    await this.accounts.endSessions(accountId);
    for (const source of this.sources.values()) await source.erase(accountId, pseudonym);
  }

  /** Another instance may have been faster since the account was looked at without a lock. */
  private async note(accountId: string, em: EntityManager): Promise<Erasure> {
    const begun = await em.findOne(Erasure, { accountId });
    if (begun) return begun;
    const begunAt = new Date();
    await this.ledger.note(accountId, begunAt, em);
    return em.create(Erasure, { accountId, pseudonym: randomUUID(), begunAt });
  }
}
