import { EntityManager } from '@mikro-orm/core';
import { answered } from '@app/logging';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { notPastDeletion } from '../../accounts/account-state.js';
import { Account } from '../../accounts/account.entity.js';
import { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';

/**
 * The interval at which the owner is notified of a continuing attack. Daily notices would displace the others from the
 * list. Milliseconds.
 */
const NOTICE_INTERVAL_MS = 7 * 24 * 3_600_000;

/** The account by username, which may not exist, or by id. */
export type GuessedOwner = { readonly usernameKey: string } | { readonly id: string };

/**
 * Notifies owners that their account is locked. The account is looked up only after the response has been sent, so that
 * the response time does not reveal whether it exists.
 */
@Injectable()
export class LockNoticeService implements OnApplicationShutdown {
  private readonly log = new Logger('LockNotices');
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly em: EntityManager,
    private readonly notices: SecurityNoticeService,
  ) {}

  /** Returns at once. `isFirst` if the lock has just begun; later locks are notified once a week. */
  add(owner: GuessedOwner, isFirst: boolean, ip: string): void {
    const work: Promise<void> = this.tell(owner, isFirst, ip)
      .catch((err: unknown) =>
        this.log.error({ event: 'auth.notice.lost', code: 'account_locked', err }),
      )
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Runs after the server has closed, when all responses have been sent, and before the database closes. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async tell(owner: GuessedOwner, isFirst: boolean, ip: string): Promise<void> {
    await answered();
    // Guesses go on while the account is erased. A record that names it then could outlive it.
    const known = { ...owner, ...notPastDeletion() };
    const account = await this.em.fork().findOne(Account, known, { fields: ['id'] });
    if (!account) return;
    const since = new Date(Date.now() - NOTICE_INTERVAL_MS);
    if (!isFirst && (await this.notices.wasTold(account.id, 'account_locked', since))) return;
    await this.notices.tell(account.id, 'account_locked', { ip });
  }
}
