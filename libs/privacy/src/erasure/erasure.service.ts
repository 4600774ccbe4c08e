import { AccountDeletion, type ClientOrigin, type Principal } from '@app/auth';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomUUID } from 'node:crypto';
import { privacyConfig } from '../privacy.config.js';
import { PrivacyError } from '../privacy.error.js';
import { PersonalDataSources } from '../sources/personal-data-source.js';
import { Erasure } from './erasure.entity.js';
import type { DeletionView } from './erasure.view.js';

/** Erases people (GDPR, article 17): first their wish, later the deed. */
@Injectable()
export class ErasureService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(AccountDeletion) private readonly accounts: AccountDeletion,
    @Inject(PersonalDataSources) private readonly sources: PersonalDataSources,
    @Inject(privacyConfig.KEY) private readonly config: ConfigType<typeof privacyConfig>,
  ) {}

  /**
   * Whoever reads or rules over others does not take their own name out of the trail: that they held a role, and until
   * when, is first written down by somebody else.
   *
   * @throws PrivacyError `role_held`
   */
  async request(principal: Principal, client: ClientOrigin): Promise<DeletionView> {
    if (principal.role !== 'user') throw PrivacyError.roleHeld();
    const dueAt = await this.accounts.request(principal, this.config.erasureGrace, client);
    return { deletionDueAt: dueAt.toISOString() };
  }

  /** @throws PrivacyError `erasure_begun`, by whichever clock that was */
  async restore(principal: Principal, client: ClientOrigin): Promise<void> {
    await this.accounts.cancel(principal, client, async (em) => {
      const begun = await em.count(Erasure, { accountId: principal.userId });
      if (begun > 0) throw PrivacyError.erasureBegun();
    });
  }

  /** Whether something is under way for the person, and erasing has to wait. */
  async isInUse(userId: string): Promise<boolean> {
    for (const source of this.sources.values()) {
      if (await source.isInUse?.(userId)) return true;
    }
    return false;
  }

  /** Erases what this instance keeps for itself. Each instance has to, before one of them does the rest. */
  async eraseHere(userId: string): Promise<void> {
    for (const source of this.sources.values()) {
      if (source.isPerInstance) await source.erase(userId, '');
    }
  }

  /**
   * Notes that somebody's erasure has begun: from now on nobody restores the account. The same pseudonym for whoever
   * else erases the person at this moment, or did before they died.
   *
   * @returns undefined if there is nobody to erase: another instance was faster, or they changed their mind
   */
  async begin(userId: string): Promise<Erasure | undefined> {
    const begun = await this.em.fork().findOne(Erasure, { accountId: userId });
    return begun ?? (await this.accounts.whileDue(userId, (em) => this.note(userId, em)));
  }

  /**
   * Erases everything, one source after the other, the account last. Where it fails or the process dies it is begun
   * again from the front: what is gone already costs nothing.
   */
  async erase({ accountId, pseudonym }: Erasure): Promise<void> {
    await this.accounts.endSessions(accountId);
    for (const source of this.sources.values()) await source.erase(accountId, pseudonym);
  }

  /** Another instance may have been faster since the account was looked at without a lock. */
  private async note(accountId: string, em: EntityManager): Promise<Erasure> {
    const begun = await em.findOne(Erasure, { accountId });
    return begun ?? em.create(Erasure, { accountId, pseudonym: randomUUID(), begunAt: new Date() });
  }
}
