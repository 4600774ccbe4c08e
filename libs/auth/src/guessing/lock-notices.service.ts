import { EntityManager } from '@mikro-orm/core';
import { answered } from '@app/logging';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { SecurityNotices } from '../notices/security-notices.service.js';

/**
 * How long an attack goes on before its owner is told again. Weekly: every day would push out what else happened to
 * the account of the notices that are shown. Milliseconds.
 */
const AGAIN_AFTER = 7 * 24 * 3_600_000;

/** Whose account it is: the name may be one that nobody has. */
export type GuessedOwner = { readonly usernameKey: string } | { readonly id: string };

/**
 * Tells owners that their account is locked, after the answer has left: only then is it looked up whether there is an
 * owner at all, so that the time of an answer does not tell it.
 */
@Injectable()
export class LockNotices implements OnApplicationShutdown {
  private readonly log = new Logger('LockNotices');
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /** Returns at once. `isFirst` where the lock has just begun; later ones are told once a week. */
  add(owner: GuessedOwner, isFirst: boolean, ip: string): void {
    const work: Promise<void> = this.tell(owner, isFirst, ip)
      .catch((err: unknown) =>
        this.log.error({ event: 'auth.notice.lost', code: 'account_locked', err }),
      )
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** After the server has closed, so that all answers have left, and before the database does. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async tell(owner: GuessedOwner, isFirst: boolean, ip: string): Promise<void> {
    await answered();
    const account = await this.em.fork().findOne(Account, owner, { fields: ['id'] });
    if (!account) return;
    const since = new Date(Date.now() - AGAIN_AFTER);
    if (!isFirst && (await this.notices.wasTold(account.id, 'account_locked', since))) return;
    await this.notices.tell(account.id, 'account_locked', { ip });
  }
}
