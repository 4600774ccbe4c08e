import { rowsInSteps, sharedMoment } from '@app/persistence';
import { type EntityManager, type EntityName, raw } from '@mikro-orm/core';
import { type FollowedRow, inForce } from './followed-row.js';

/** How far back each look goes, as a commit comes after the moment that it wrote down. Milliseconds. */
const OVERLAP_MS = 30_000;

/** How often all of them are read again, for what a look has missed: a commit that took longer. Milliseconds. */
const READ_ALL_INTERVAL_MS = 300_000;

/** How many rows one statement reads. */
const ROWS_PER_STEP = 2_000;

/** Where what an instance knows of the rows is kept. */
export interface RowKeeper<Row> {
  /** The ids that are known. */
  known(): Iterable<string>;
  /** A row in force; often one that is known. */
  keep(row: Row, end: number): void;
  /** A row that is over; often one that is not known. */
  forget(id: string): void;
}

/**
 * Follows the rows of a table that operators write on any instance. A look reads what has changed since the one before, by
 * the clock that all instances share; a removed row stays as one with the time of its removal.
 */
export class ChangedRows<Row extends FollowedRow> {
  /** On the monotonic clock. Milliseconds. */
  private lookedAt = 0;
  private readAllAt = 0;

  constructor(
    private readonly em: EntityManager,
    private readonly entity: EntityName<Row>,
    private readonly keeper: RowKeeper<Row>,
  ) {}

  /** All that are in force; forgets what is over, too. */
  async readAll(): Promise<void> {
    const now = performance.now();
    const before = new Set(this.keeper.known());
    for await (const row of this.read(inForce())) {
      before.delete(row.id);
      this.apply(row);
    }
    for (const id of before) this.keeper.forget(id);
    this.readAllAt = now;
    this.lookedAt ||= now;
  }

  async look(): Promise<void> {
    const now = performance.now();
    const { sql, values } = sharedMoment(this.em, this.lookedAt - now - OVERLAP_MS);
    for await (const row of this.read({ changedAt: { $gte: raw(sql, [...values]) } })) {
      this.apply(row);
    }
    this.lookedAt = now;
    if (now - this.readAllAt > READ_ALL_INTERVAL_MS) await this.readAll();
  }

  private apply(row: Row): void {
    const end = row.expiresAt?.getTime() ?? Infinity;
    if (row.removedAt || end <= Date.now()) this.keeper.forget(row.id);
    else this.keeper.keep(row, end);
  }

  private read(where: object): AsyncGenerator<Row> {
    return rowsInSteps(ROWS_PER_STEP, async (after) => {
      const found = await this.em.fork().find<Row>(this.entity, { ...where, ...after } as never, {
        orderBy: { id: 'asc' } as never,
        limit: ROWS_PER_STEP,
        disableIdentityMap: true,
      });
      return found as Row[];
    });
  }
}
