import { rowsInSteps } from '@app/persistence';
import { EntityManager, LockMode, raw } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { SessionService } from '../sessions/session.service.js';
import type { Principal } from '../tokens/principal.js';
import { isDue } from './account-use.js';
import { Account } from './account.entity.js';
import { lockedAccount } from './locked-account.js';

/** How long a device without an account is kept once nothing can sign in to it any more. Milliseconds. */
const ABANDONED_FOR = 30 * 24 * 3_600_000;

/** How many accounts one statement finds. */
const AT_ONCE = 100;

/** The way of an account from its owner's wish to its end. What ends it for good is `AccountData`. */
@Injectable()
export class AccountDeletion {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /**
   * Signs all devices out, and has the account erased after the grace; a second wish does not put that off. A device
   * without an account has no grace: nobody could sign in to make use of it.
   *
   * @returns when the account is due
   */
  async request(
    { userId, isAnonymous }: Principal,
    grace: number,
    client: ClientOrigin,
  ): Promise<Date> {
    const em = this.em.fork();
    const dueAt = new Date(Date.now() + (isAnonymous ? 0 : grace));
    // Told first: with the due time the erasure can begin, on another instance, and the notice would outlive it.
    await this.notices.tell(userId, 'deletion_requested', client);
    await em.nativeUpdate(Account, { id: userId, deletionDueAt: null }, { deletionDueAt: dueAt });
    await this.sessions.revokeAll(userId, 'deletion_requested');
    return (await em.findOneOrFail(Account, { id: userId })).deletionDueAt ?? dueAt;
  }

  /**
   * Keeps the account after all. Does nothing for one that nobody wanted to be erased.
   *
   * @param assertMay is asked while the account is locked, and throws if it is too late
   */
  async cancel(
    { userId }: Principal,
    client: ClientOrigin,
    assertMay: (em: EntityManager) => Promise<void>,
  ): Promise<void> {
    const isCancelled = await this.em.fork().transactional(async (em) => {
      const account = await lockedAccount(em, userId);
      await assertMay(em);
      if (!account.deletionDueAt || isDue(account)) return false;
      account.deletionDueAt = null;
      return true;
    });
    if (isCancelled) await this.notices.tell(userId, 'deletion_cancelled', client);
  }

  /** Does something in a transaction in which nobody can cancel; undefined if the account is not due, or gone. */
  async whileDue<Result>(
    userId: string,
    work: (em: EntityManager) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const account = await em.findOne(Account, { id: userId }, { lockMode });
      return account && isDue(account) ? work(em) : undefined;
    });
  }

  /**
   * The accounts that were due before that moment, and so can no longer be signed in to: all of them, however many
   * of them stay.
   */
  async *dueBefore(moment: Date): AsyncGenerator<string> {
    const due = rowsInSteps(AT_ONCE, (after) =>
      this.em
        .fork()
        .find(
          Account,
          { deletionDueAt: { $lte: moment }, ...after },
          { orderBy: { id: 'asc' }, limit: AT_ONCE, fields: ['id'] },
        ),
    );
    for await (const { id } of due) yield id;
  }

  /**
   * Which of these accounts there are not. None as long as there is no account at all: then the database is more
   * likely a wrong one than empty because everybody has left.
   */
  async goneAmong(ids: readonly string[]): Promise<string[]> {
    const em = this.em.fork();
    if (ids.length === 0 || (await em.count(Account)) === 0) return [];
    const gone = new Set(ids);
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = { id: { $in: ids.slice(from, from + AT_ONCE) } };
      for (const { id } of await em.find(Account, some, { fields: ['id'] })) gone.delete(id);
    }
    return [...gone];
  }

  /** Ends the sessions that were opened in the grace by somebody who did not change their mind. */
  async endSessions(userId: string): Promise<void> {
    await this.sessions.revokeAll(userId, 'erased');
  }

  /** Has devices without an account and without a session erased in thirty days. */
  async markAbandoned(): Promise<void> {
    const { expiresAt, lastSeenAt } = this.sessions.isLive();
    const hasNoSession = raw(
      `not exists (select 1 from sessions s where s.account_id = accounts.id
        and s.revoked_at is null and s.expires_at > ? and s.last_seen_at > ?)`,
      [expiresAt.$gt, lastSeenAt.$gt],
    );
    await this.em
      .fork()
      .nativeUpdate(
        Account,
        { isAnonymous: true, deletionDueAt: null, [hasNoSession]: [] },
        { deletionDueAt: new Date(Date.now() + ABANDONED_FOR) },
      );
  }
}
