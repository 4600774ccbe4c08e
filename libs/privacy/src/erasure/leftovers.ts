import { AccountDeletion } from '@app/auth';
import { DeletedTraces } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { PersonalDataSources } from '../sources/personal-data-source.js';

/**
 * What has outlived its account. An instance that was away while somebody was erased still has their files, and what a
 * call wrote that took longer than anybody thought came after everything else was gone. No row says so any more: it is
 * found by what it says of its owner, whom no account is of.
 */
@Injectable()
export class Leftovers {
  constructor(
    @Inject(AccountDeletion) private readonly accounts: AccountDeletion,
    @Inject(PersonalDataSources) private readonly sources: PersonalDataSources,
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(DeletedTraces) private readonly traces: DeletedTraces,
  ) {}

  /** @returns of how many people there was something left */
  async erase(): Promise<number> {
    const erased = new Set<string>();
    for (const source of this.sources.values()) {
      const owners = (await source.owners?.()) ?? [];
      for (const userId of await this.accounts.goneAmong(owners)) {
        // Before, so that a crash cannot lose it; and after, since it may have been paid in between.
        await this.traces.owe(this.em.fork());
        await source.erase(userId, randomUUID());
        await this.traces.owe(this.em.fork());
        erased.add(userId);
      }
    }
    return erased.size;
  }
}
