import { AccountDeletionService } from '@app/auth';
import { RecurringJob, SecureDeleteService } from '@app/persistence';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { privacyConfig } from '../privacy.config.js';
import { ErasureLedgerService } from '../ledger/erasure-ledger.service.js';
import { ErasureService } from './erasure.service.js';

/** Time between two searches for accounts past their deletion date. Milliseconds. */
const SEARCH_INTERVAL_MS = 2_000;

/** Erases accounts past their deletion date. Each instance erases all of them; two may do so at once. */
@Injectable()
export class ErasureJob extends RecurringJob {
  protected readonly log = new Logger('Erasures');

  constructor(
    private readonly accounts: AccountDeletionService,
    private readonly erasures: ErasureService,
    private readonly ledger: ErasureLedgerService,
    private readonly secureDelete: SecureDeleteService,
    @Inject(privacyConfig.KEY) private readonly config: ConfigType<typeof privacyConfig>,
  ) {
    super(SEARCH_INTERVAL_MS, 'privacy.erasures.unchecked');
  }

  protected async run(): Promise<void> {
    // Also what other instances have erased: each has a ledger of all.
    await this.ledger.copy();
    for await (const accountId of this.accounts.dueBefore(new Date())) await this.attend(accountId);
    await this.secureDelete.run();
  }

  /** A failed erasure is retried with the next search, and delays no other one. */
  private async attend(accountId: string): Promise<void> {
    try {
      if (await this.erasures.isInUse(accountId)) return;
      await this.erasures.eraseHere(accountId);
      const begun = await this.erasures.begin(accountId);
      if (!begun || Date.now() - begun.begunAt.getTime() < this.config.erasureSettle) return;
      await this.erasures.erase(begun);
      this.log.log({ event: 'privacy.account.erased', userId: accountId });
    } catch (err) {
      this.log.error({ event: 'privacy.erasure.failed', userId: accountId, err });
    }
  }
}
