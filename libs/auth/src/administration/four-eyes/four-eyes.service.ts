import type { Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import { administrationConfig } from '../settings/administration.config.js';
import { Confirmation } from './confirmation.entity.js';
import { ConfirmationError } from './confirmation.error.js';
import {
  type ConfirmationPageView,
  type ConfirmationView,
  toConfirmationView,
} from './confirmation.view.js';
import type { FourEyesAct } from '../settings/four-eyes-act.js';

/** How long an act may wait for its confirmation, and for being repeated. Milliseconds. */
const LIFETIME_MS = 3_600_000;

/** How long what is over is kept, so that it is known what an id was. The audit trail has it for longer. Milliseconds. */
const KEPT_AFTER_END_MS = 7 * 86_400_000;

/** Marks what another administrator has confirmed, who is still one, as used: once. */
const USE_SQL = `update confirmations set used_at = ?
  where digest = ? and used_at is null and expires_at > ? and confirmer_id in (
    select id from accounts where role = 'admin' and disabled_at is null
  ) and `;

/** An act, as an administrator or a command asks for it. */
export interface GuardedAct {
  readonly act: FourEyesAct;
  /** All that decides what happens. */
  readonly arguments: Readonly<Record<string, string | number | null>>;
  /** The account that it is about: it does not confirm. */
  readonly subjectId?: string;
  /** Undefined for a command. */
  readonly admin: Pick<Principal, 'accountId'> | undefined;
}

/** In the transaction of the act, before it. @throws if it is not confirmed: then the act is undone */
export type UseConfirmation = (em: EntityManager) => Promise<void>;

class NotConfirmed extends Error {}

/**
 * Acts that one administrator asks for and another one confirms, before the first one repeats them. A confirmation
 * holds for one act with exactly these arguments, by the same administrator, once and for an hour.
 */
@Injectable()
export class FourEyesService {
  constructor(
    private readonly em: EntityManager,
    @Inject(administrationConfig.KEY)
    private readonly config: ConfigType<typeof administrationConfig>,
  ) {}

  /**
   * Does the act if `FOUR_EYES` leaves it to one administrator, or if it is confirmed; asks for its confirmation
   * otherwise.
   *
   * @throws ConfirmationError `confirmation_required`
   */
  async guard<Result>(
    guarded: GuardedAct,
    act: (use: UseConfirmation) => Promise<Result>,
  ): Promise<Result> {
    if (!this.config.fourEyes.includes(guarded.act)) return act(() => Promise.resolve());
    try {
      return await act((em) => use(em as SqlEntityManager, guarded));
    } catch (error) {
      throw error instanceof NotConfirmed ? await this.request(guarded) : error;
    }
  }

  /** Those that may still be confirmed or used, the latest first. */
  async list(limit: number, before?: string): Promise<ConfirmationPageView> {
    const where = { ...isOpen(), ...(before ? { id: { $lt: before } } : {}) };
    const found = await this.em
      .fork()
      .find(Confirmation, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    const confirmations = found.slice(0, limit).map(toConfirmationView);
    const nextCursor = found.length > limit ? confirmations.at(-1)!.confirmationId : null;
    return { confirmations, nextCursor };
  }

  /** @throws ConfirmationError `confirmation_not_found`, `own_request` */
  async confirm(
    { accountId }: Pick<Principal, 'accountId'>,
    id: string,
  ): Promise<ConfirmationView> {
    const em = this.em.fork();
    const found = await em.findOne(Confirmation, { id, ...isOpen(), confirmerId: null });
    if (!found) throw ConfirmationError.notFound();
    // Who asks and what it is about never change.
    if (found.requesterId === accountId || found.subjectId === accountId) {
      throw ConfirmationError.ownRequest();
    }
    const confirmed = { confirmerId: accountId, confirmedAt: new Date() };
    const which = { id, ...isOpen(), confirmerId: null };
    if ((await em.nativeUpdate(Confirmation, which, confirmed)) === 0) {
      throw ConfirmationError.notFound();
    }
    return toConfirmationView(Object.assign(found, confirmed));
  }

  /** Also of one that is confirmed and not used yet. @throws ConfirmationError `confirmation_not_found` */
  async refuse(id: string): Promise<void> {
    const refused = await this.em.fork().nativeDelete(Confirmation, { id, ...isOpen() });
    if (refused === 0) throw ConfirmationError.notFound();
  }

  /** One that waits already is told again, with the time that it has left. */
  private async request(guarded: GuardedAct): Promise<ConfirmationError> {
    const now = new Date();
    const asked = { digest: digestOf(guarded), requesterId: guarded.admin?.accountId ?? null };
    return this.em.fork().transactional(async (em) => {
      const over = { $lt: new Date(now.getTime() - KEPT_AFTER_END_MS) };
      await em.nativeDelete(Confirmation, { expiresAt: over });
      const waiting = await em.findOne(Confirmation, { ...asked, ...isOpen(now) });
      if (waiting) return ConfirmationError.required(waiting.id, waiting.expiresAt);
      const id = v7();
      const expiresAt = new Date(now.getTime() + LIFETIME_MS);
      await em.insert(Confirmation, {
        id,
        act: guarded.act,
        arguments: JSON.stringify(guarded.arguments),
        subjectId: guarded.subjectId ?? null,
        ...asked,
        requestedAt: now,
        expiresAt,
      });
      return ConfirmationError.required(id, expiresAt);
    });
  }
}

async function use(em: SqlEntityManager, guarded: GuardedAct): Promise<void> {
  const now = new Date();
  const { admin } = guarded;
  const { affectedRows } = await em.execute<{ affectedRows: number }>(
    USE_SQL + (admin ? 'requester_id = ? and confirmer_id <> ?' : 'requester_id is null'),
    [now, digestOf(guarded), now, ...(admin ? [admin.accountId, admin.accountId] : [])],
    'run',
  );
  if (affectedRows === 0) throw new NotConfirmed();
}

function isOpen(now = new Date()) {
  return { usedAt: null, expiresAt: { $gt: now } };
}

function digestOf({ act, arguments: given }: GuardedAct): string {
  const sorted = Object.entries(given).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([act, sorted]))
    .digest('hex');
}
