import type { RecordAudit } from '@app/logging';
import { noteChange, rowsInSteps } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { EmailToken } from '../accounts/email/email-token.entity.js';
import { type AuthMethod, type RevocationReason, Session } from './session.entity.js';

/** The sessions that no operator has ended with all others. Their table is the only one of a query with that column. */
export const CURRENT_GENERATION_SQL =
  'generation in (select g.generation from session_generations g)';

/** Sessions of accounts have even generations, those of devices without an account odd ones. */
type Kind = 'account' | 'device';

const NEXT_SQL = `update session_generations
  set generation = generation + 2, begun_at = ?, is_noted = false where kind = ?`;

/** Not a session that another operator has just ended: it must not come back. */
const KEEP_SQL = `update sessions set generation = generation + 2 where id = ?
  and generation + 2 = (select generation from session_generations where kind = 'account')`;

/** How many sessions one statement passes. */
const SESSIONS_PER_STEP = 1_000;

const NOTE_SQL = `update sessions set revoked_because = ?, revoked_at =
    (select begun_at from session_generations g where g.generation % 2 = sessions.generation % 2)
  where id >= ? and id <= ? and revoked_at is null and not ${CURRENT_GENERATION_SQL}`;

export interface EndOfAllSessions {
  /** That of the operator who ends the others. */
  readonly keptSessionId?: string;
  /** Also those of devices without an account, which cannot sign in again. @default false */
  readonly withDevices?: boolean;
}

/** The kind of a session that was authenticated so. */
export function kindOf(methods: readonly AuthMethod[]): Kind {
  return methods.includes('device') ? 'device' : 'account';
}

/** Ends all sessions at once, however many there are: by one row, which every look at a session reads with it. */
@Injectable()
export class SessionGenerationService {
  constructor(private readonly em: EntityManager) {}

  /** What a session is opened in. If all sessions are ended before it is committed, it has ended, too. */
  async current(em: EntityManager, kind: Kind): Promise<number> {
    const [row] = await (em as SqlEntityManager).execute<{ generation: number }[]>(
      'select generation from session_generations where kind = ?',
      [kind],
    );
    return row!.generation;
  }

  async isCurrent(em: EntityManager, generation: number): Promise<boolean> {
    const rows = await (em as SqlEntityManager).execute<object[]>(
      'select kind from session_generations where generation = ?',
      [generation],
    );
    return rows.length > 0;
  }

  /**
   * Ends every session, within a second on every instance, and voids all mailed tokens, as `AccessRevocationService`
   * does for one account. Known devices stay known: they open nothing by themselves.
   *
   * @param record writes the record in the same transaction
   */
  async endAll(
    { keptSessionId, withDevices = false }: EndOfAllSessions,
    record?: RecordAudit,
  ): Promise<void> {
    await this.em.fork().transactional(async (em) => {
      const sql = em as SqlEntityManager;
      const now = new Date();
      await sql.execute(NEXT_SQL, [now, 'account'], 'run');
      if (withDevices) await sql.execute(NEXT_SQL, [now, 'device'], 'run');
      if (keptSessionId) await sql.execute(KEEP_SQL, [keptSessionId], 'run');
      await em.nativeDelete(EmailToken, {});
      await record?.('everyone', em);
      await noteChange(em, 'sessions');
    });
  }

  /** Writes into each ended session that it has, for those who are shown it: in steps, as there may be millions. */
  async noteEnded(signal: AbortSignal): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const unnoted = await em.execute<{ generation: number }[]>(
      'select generation from session_generations where is_noted = false',
    );
    if (unnoted.length === 0) return;
    let step: string[] = [];
    for await (const { id } of this.allSessions()) {
      if (signal.aborted) return;
      step.push(id);
      if (step.length < SESSIONS_PER_STEP) continue;
      await this.note(step);
      step = [];
    }
    await this.note(step);
    const places = unnoted.map(() => '?').join(', ');
    await em.execute(
      `update session_generations set is_noted = true where generation in (${places})`,
      unnoted.map(({ generation }) => generation),
      'run',
    );
  }

  private allSessions(): AsyncGenerator<{ id: string }> {
    const order = { orderBy: { id: 'asc' }, limit: SESSIONS_PER_STEP, fields: ['id'] } as const;
    return rowsInSteps(SESSIONS_PER_STEP, (after) =>
      this.em.fork().find(Session, after, { ...order, disableIdentityMap: true }),
    );
  }

  private async note(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const because: RevocationReason = 'ended_by_admin';
    const em = this.em.fork() as SqlEntityManager;
    await em.execute(NOTE_SQL, [because, ids[0]!, ids.at(-1)!], 'run');
  }
}
