import type { ClientOrigin, Principal } from '@app/access';
import { rowsInSteps } from '@app/persistence';
import { EntityManager, LockMode, raw } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { lockAccount } from '../accounts/account-lock.js';
import { isPastDeletion } from '../accounts/account-state.js';
import { Account } from '../accounts/account.entity.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { CURRENT_GENERATION_SQL } from '../sessions/session-generation.service.js';
import { SessionService } from '../sessions/session.service.js';

/** How long an anonymous account is kept after its last session has ended. Milliseconds. */
const ABANDONED_AFTER_MS = 30 * 24 * 3_600_000;

/** The most accounts that one statement reads. */
const ACCOUNTS_PER_SWEEP = 100;

/** The deletion of accounts, from the request to the due date. `AccountDataSource` deletes the row. */
@Injectable()
export class AccountDeletionService {
  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /**
   * Ends all sessions and schedules the erasure after the grace period; a second request does not postpone it. An
   * anonymous account has no grace period: its owner could not sign in to cancel.
   *
   * @returns the deletion date; undefined if the account has a role other than `user`, which may just have been given
   */
  async request(
    { accountId, isAnonymous }: Principal,
    grace: number,
    client: ClientOrigin,
  ): Promise<Date | undefined> {
    const em = this.em.fork();
    const dueAt = new Date(Date.now() + (isAnonymous ? 0 : grace));
    // Notified first: once the date is set, another instance may start the erasure, and a later notice would remain.
    await this.notices.tell(accountId, 'deletion_requested', client);
    const mayGo = { id: accountId, role: 'user' as const };
    await em.nativeUpdate(Account, { ...mayGo, deletionDueAt: null }, { deletionDueAt: dueAt });
    if ((await em.count(Account, mayGo)) === 0) return undefined;
    await this.sessions.revokeAll(accountId, 'deletion_requested');
    return (await em.findOneOrFail(Account, { id: accountId })).deletionDueAt ?? dueAt;
  }

  /**
   * Cancels a deletion request. Does nothing if there is none.
   *
   * @param assertMay is called while the account is locked, and throws if it is too late
   */
  async cancel(
    { accountId }: Principal,
    client: ClientOrigin,
    assertMay: (em: EntityManager) => Promise<void>,
  ): Promise<void> {
    const isCancelled = await this.em.fork().transactional(async (em) => {
      const account = await lockAccount(em, accountId);
      await assertMay(em);
      if (!account.deletionDueAt || isPastDeletion(account)) return false;
      account.deletionDueAt = null;
      return true;
    });
    if (isCancelled) await this.notices.tell(accountId, 'deletion_cancelled', client);
  }

  /**
   * Runs `work` in a transaction during which the deletion cannot be cancelled; undefined if the account is not past
   * its deletion date or does not exist.
   */
  async whileDue<Result>(
    accountId: string,
    work: (em: EntityManager) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const account = await em.findOne(Account, { id: accountId }, { lockMode });
      return account && isPastDeletion(account) ? work(em) : undefined;
    });
  }

  /**
   * All accounts whose deletion date is not after `moment`. Reads in pages by id, so that accounts whose erasure fails
   * do not keep it from the later ones.
   */
  async *dueBefore(moment: Date): AsyncGenerator<string> {
    const due = rowsInSteps(ACCOUNTS_PER_SWEEP, (after) =>
      this.em
        .fork()
        .find(
          Account,
          { deletionDueAt: { $lte: moment }, role: 'user', ...after },
          { orderBy: { id: 'asc' }, limit: ACCOUNTS_PER_SWEEP, fields: ['id'] },
        ),
    );
    for await (const { id } of due) yield id;
  }

  /** All accounts, in pages. */
  async *ids(): AsyncGenerator<string> {
    const all = rowsInSteps(ACCOUNTS_PER_SWEEP, (after) =>
      this.em.fork().find(Account, after, {
        orderBy: { id: 'asc' },
        limit: ACCOUNTS_PER_SWEEP,
        fields: ['id'],
      }),
    );
    for await (const { id } of all) yield id;
  }

  /** For an account that was erased before: it is unknown from now on, whatever its row says. */
  async makeDue(accountId: string): Promise<void> {
    const due = { role: 'user' as const, deletionDueAt: new Date(Date.now() - 1) };
    await this.em.fork().nativeUpdate(Account, { id: accountId }, due);
    await this.sessions.revokeAll(accountId, 'erased');
  }

  /**
   * The ids that belong to no account. Empty if there is no account at all: that indicates a wrong database rather than
   * the deletion of every account.
   */
  async goneAmong(ids: readonly string[]): Promise<string[]> {
    const em = this.em.fork();
    if (ids.length === 0 || (await em.count(Account)) === 0) return [];
    const gone = new Set(ids);
    for (let from = 0; from < ids.length; from += ACCOUNTS_PER_SWEEP) {
      const some = { id: { $in: ids.slice(from, from + ACCOUNTS_PER_SWEEP) } };
      for (const { id } of await em.find(Account, some, { fields: ['id'] })) gone.delete(id);
    }
    return [...gone];
  }

  /** Ends the sessions that were opened during the grace period without a cancellation. */
  async endSessions(accountId: string): Promise<void> {
    await this.sessions.revokeAll(accountId, 'erased');
  }

  /** Schedules the erasure of anonymous accounts without a live session. */
  async markAbandoned(): Promise<void> {
    const { expiresAt, lastSeenAt } = this.sessions.isLive();
    const hasNoSession = raw(
      `not exists (select 1 from sessions s where s.account_id = accounts.id
        and s.revoked_at is null and s.expires_at > ? and s.last_seen_at > ?
        and s.${CURRENT_GENERATION_SQL})`,
      [expiresAt.$gt, lastSeenAt.$gt],
    );
    await this.em
      .fork()
      .nativeUpdate(
        Account,
        { isAnonymous: true, deletionDueAt: null, [hasNoSession]: [] },
        { deletionDueAt: new Date(Date.now() + ABANDONED_AFTER_MS) },
      );
  }
}
