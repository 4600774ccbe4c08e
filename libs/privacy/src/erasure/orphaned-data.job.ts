import { AccountDeletionService } from '@app/auth';
import { RecurringJob, SecureDeleteService } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { PersonalDataSources } from '../sources/personal-data-source.js';

/** Time between two searches. Each reads a folder for each account that has files. Milliseconds. */
const SEARCH_INTERVAL_MS = 3_600_000;

/**
 * Erases data that outlived its account. An instance that was down during an erasure still has the files of the
 * account, and a call that took longer than expected may have written after the erasure. No row says so any more: such
 * data is found by the account id that it carries and that no account has.
 */
@Injectable()
export class OrphanedDataJob extends RecurringJob {
  protected readonly log = new Logger('Erasures');

  constructor(
    private readonly accounts: AccountDeletionService,
    @Inject(PersonalDataSources) private readonly sources: PersonalDataSources,
    private readonly em: EntityManager,
    private readonly secureDelete: SecureDeleteService,
  ) {
    super(SEARCH_INTERVAL_MS, 'privacy.leftovers.unchecked');
  }

  protected async run(): Promise<void> {
    const count = await this.erase();
    if (count > 0) this.log.warn({ event: 'privacy.leftovers.erased', count });
  }

  /** @returns the number of deleted accounts that had data left */
  private async erase(): Promise<number> {
    const erased = new Set<string>();
    for (const source of this.sources.values()) {
      const owners = (await source.owners?.()) ?? [];
      for (const accountId of await this.accounts.goneAmong(owners)) {
        // Scheduled before, so that a crash cannot lose it, and again after, as it may have run in between.
        await this.secureDelete.schedule(this.em.fork());
        await source.erase(accountId, randomUUID());
        await this.secureDelete.schedule(this.em.fork());
        erased.add(accountId);
      }
    }
    return erased.size;
  }
}
