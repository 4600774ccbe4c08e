import { AccountDeletionService } from '@app/auth';
import { erasureDigest } from '@app/backup';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ErasureService } from './erasure.service.js';
import { ErasureLedgerService } from '../ledger/erasure-ledger.service.js';

/**
 * Keeps people erased whose data a restored database has again. Before the first request the accounts that the ledger
 * has are past their deletion date, so that they are unknown to every call; then they are erased as any other.
 */
@Injectable()
export class ErasureReplayService implements OnApplicationBootstrap {
  private readonly log = new Logger('Erasures');

  constructor(
    private readonly ledger: ErasureLedgerService,
    private readonly accounts: AccountDeletionService,
    private readonly erasures: ErasureService,
  ) {}

  /** Does nothing after an ordinary start: the database has what the file has. */
  async onApplicationBootstrap(): Promise<void> {
    const unknown = await this.ledger.unknown();
    if (unknown.size === 0) return;
    let count = 0;
    for await (const accountId of this.accounts.ids()) {
      if (!unknown.has(erasureDigest(accountId))) continue;
      await this.accounts.makeDue(accountId);
      await this.eraseNow(accountId);
      count += 1;
    }
    // Last: a start that is killed before begins again.
    await this.ledger.learn(unknown);
    this.log.warn({ event: 'privacy.ledger.applied', count });
  }

  /** What cannot be erased now, as a part of it is away, is tried again as every erasure. */
  private async eraseNow(accountId: string): Promise<void> {
    try {
      const begun = await this.erasures.begin(accountId);
      if (!begun) return;
      await this.erasures.eraseHere(accountId);
      await this.erasures.erase(begun);
      this.log.log({ event: 'privacy.account.erased', userId: accountId });
    } catch (err) {
      this.log.error({ event: 'privacy.erasure.failed', userId: accountId, err });
    }
  }
}
