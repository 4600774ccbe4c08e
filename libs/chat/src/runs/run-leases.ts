import { sharedMoment } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import type { Run } from '../ownership/run.entity.js';
import { ActiveRuns } from './active-runs.js';

/** How long a run counts as alive after its begin, or after its process has last said that it is. Milliseconds. */
export const LEASE_MS = 3_500;

/** How many runs one look finds that have been left behind. */
const RUNS_PER_LOOK = 50;

/**
 * How long after its own lease a run is known to the process that works on it: longer than the process waits for the
 * answer of the database. Milliseconds.
 */
const KNOWN_AFTER_MS = 10_000;

/** How long a process that said nothing for ever so long stays known. Milliseconds. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** A run whose process is gone. */
export type LostRun = Pick<Run, 'id' | 'conversationId' | 'log' | 'status'> & {
  readonly accountId: string;
};

interface LostRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly account_id: string;
  readonly log: Run['log'];
  readonly status: Run['status'];
}

/**
 * Which process works on which run, and whether it lives. A process says so of itself in one row, not in the row of each
 * run: what that costs does not grow with its runs. All compare with one clock, that of the database.
 */
@Injectable()
export class RunLeases {
  constructor(
    private readonly em: EntityManager,
    private readonly active: ActiveRuns,
  ) {}

  /** This process lives, and so do its runs. */
  async renew(): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const until = sharedMoment(em, LEASE_MS);
    await em.execute(
      `insert into gateway_instances (id, alive_until) values (?, ${until.sql})
       on conflict (id) do update set alive_until = excluded.alive_until`,
      [this.active.instanceId, ...until.values],
      'run',
    );
  }

  /** The runs of this process that are to be cancelled. */
  async cancelled(): Promise<string[]> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<{ id: string }[]>(
      `select id from runs
       where instance_id = ? and cancel_requested_at is not null and finished_at is null`,
      [this.active.instanceId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * The runs that this process has in the database and does not work on: their begin, or what they ask, was stored, and the
   * answer of the database was lost.
   */
  async unknown(): Promise<string[]> {
    const em = this.em.fork() as SqlEntityManager;
    const before = sharedMoment(em, -KNOWN_AFTER_MS);
    const rows = await em.execute<{ id: string }[]>(
      `select id from runs where instance_id = ? and status in ('running', 'waiting_for_input')
         and finished_at is null and deadline_at < ${before.sql}`,
      [this.active.instanceId, ...before.values],
    );
    return rows.map(({ id }) => id).filter((id) => !this.active.get(id));
  }

  /** Gives up runs that have ended here, of which the database could not be told: then any process closes them. */
  async giveUp(runIds: readonly string[]): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const places = runIds.map(() => '?').join(', ');
    await em.execute(
      `update runs set instance_id = null, status = 'running'
       where id in (${places}) and instance_id = ? and finished_at is null`,
      [...runIds, this.active.instanceId],
      'run',
    );
  }

  /** Some of the runs that neither their own lease nor that of their process keeps alive. */
  async lost(): Promise<LostRun[]> {
    const em = this.em.fork() as SqlEntityManager;
    const condition = leaseIsOver(em);
    const rows = await em.execute<LostRow[]>(
      `select runs.id, conversation_id, account_id, log, status
       from runs join conversations c on c.id = conversation_id
       where finished_at is null and c.deleted_at is null and ${condition.sql} limit ${RUNS_PER_LOOK}`,
      [...condition.values],
    );
    return rows.map(({ id, conversation_id, account_id, log, status }) => ({
      id,
      conversationId: conversation_id,
      accountId: account_id,
      log,
      status,
    }));
  }

  async forgetOldInstances(): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const before = sharedMoment(em, -FORGOTTEN_AFTER_MS);
    await em.execute(
      `delete from gateway_instances where alive_until < ${before.sql}`,
      [...before.values],
      'run',
    );
  }
}

/** Of a run that is being worked on: one that waits for the person has no process, unless a call of it is open. */
function leaseIsOver(em: EntityManager) {
  const now = sharedMoment(em);
  return {
    sql: `(runs.status = 'running' or (runs.status = 'waiting_for_input' and runs.instance_id is not null))
      and runs.deadline_at < ${now.sql} and not exists
      (select 1 from gateway_instances i where i.id = runs.instance_id and i.alive_until > ${now.sql})`,
    values: [...now.values, ...now.values],
  };
}
