import { type AtomicWrite, AtomicWriteService, isDatabaseOutage } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import type { NumberedPart } from './message-part.js';
import { OpenLog } from './open-log.js';
import { RunWatchers } from './run-watchers.js';

/** What one write takes of one run, and of all. Bytes. */
const MOST_OF_ONE_RUN = 64 * 1024;
const MOST_OF_ALL = 1024 * 1024;

/** When a write is tried again that the database could not take. Milliseconds. */
const RETRY_MS = 250;

const KEEP = `update runs set log = 'kept' where id = ? and log = 'none'`;

interface Taken {
  readonly log: OpenLog;
  readonly parts: readonly NumberedPart[];
}

/**
 * Writes the parts of all answers that this process works on, in one statement at a time: what is told while one is
 * being written goes with the next. The first part of an idle log so waits for nothing, and a thousand busy runs cause
 * as many commits as one. Readers are told after the commit: what they have seen is in the log.
 */
@Injectable()
export class LogWriter {
  private readonly log = new Logger('Runs');
  /** In the order of their turns. */
  private readonly pending = new Set<OpenLog>();
  private readonly open = new Set<OpenLog>();
  private isAtWork = false;
  /** What writes for many calls belongs to none of them. */
  private readonly outsideOfCalls = AsyncLocalStorage.snapshot();

  constructor(
    private readonly writes: AtomicWriteService,
    private readonly watchers: RunWatchers,
  ) {}

  /** The log of a run that begins, or goes on behind part `after`. */
  begin(runId: string, after?: number): OpenLog {
    const log = new OpenLog(runId, (one) => this.add(one), after);
    this.open.add(log);
    return log;
  }

  /** The log of a run that was to have none: swept with the run from now on, before the first part is written. */
  async beginLate(runId: string): Promise<OpenLog> {
    const write = { sql: KEEP, values: [runId] };
    await this.writes.apply({ sqlite: () => [write], postgres: () => write });
    return this.begin(runId);
  }

  /** What has not been written is given up: its run has ended. */
  close(log: OpenLog): void {
    this.open.delete(log);
    this.pending.delete(log);
  }

  private add(log: OpenLog): void {
    if (this.open.has(log)) this.pending.add(log);
    if (this.isAtWork || this.pending.size === 0) return;
    this.isAtWork = true;
    // What is told in this turn of the event loop goes together.
    queueMicrotask(() => void this.outsideOfCalls(() => this.work()));
  }

  private async work(): Promise<void> {
    while (this.pending.size > 0) await this.write(this.takeNext());
    this.isAtWork = false;
  }

  private takeNext(): Taken[] {
    const taken: Taken[] = [];
    let bytes = 0;
    // As they are now: what is put back has its next turn later.
    const logs = [...this.pending];
    for (const log of logs) {
      const parts = log.take(MOST_OF_ONE_RUN);
      this.pending.delete(log);
      if (log.hasPending) this.pending.add(log);
      taken.push({ log, parts });
      bytes += parts.reduce((sum, { part }) => sum + part.length, 0);
      if (bytes >= MOST_OF_ALL) break;
    }
    return taken;
  }

  /** Until it is written, or all that it is for have ended. One that cannot be written fails its own run alone. */
  private async write(taken: readonly Taken[]): Promise<void> {
    for (let left = taken; left.length > 0; left = left.filter(({ log }) => this.open.has(log))) {
      try {
        await this.writes.apply(appended(left));
        for (const { log, parts } of left) {
          this.watchers.publish(log.runId, parts);
          log.committed();
        }
        return;
      } catch (error) {
        if (!isDatabaseOutage(error)) return this.writeEach(left, error as Error);
        this.log.error({ event: 'chat.log.unwritten', count: left.length, err: error });
        await setTimeout(RETRY_MS);
      }
    }
  }

  private async writeEach(taken: readonly Taken[], error: Error): Promise<void> {
    const [first, ...others] = taken as [Taken, ...Taken[]];
    if (others.length === 0) {
      this.log.error({ event: 'chat.log.unwritten', runId: first.log.runId, err: error });
      first.log.fail(error);
      return;
    }
    for (const one of taken) await this.write([one]);
  }
}

/**
 * Appends to the logs of runs that go on. A run that has ended, or is gone, takes nothing any more: its lock lets no part
 * come behind its end. What is there already has been written by a try whose answer was lost.
 */
function appended(taken: readonly Taken[]): AtomicWrite {
  const rows = taken.flatMap(({ log, parts }) =>
    parts.map(({ seq, part }) => [log.runId, seq, part]),
  );
  const values = [JSON.stringify(rows)];
  return {
    sqlite: () => [{ sql: APPENDED_SQLITE, values }],
    postgres: () => ({ sql: APPENDED_POSTGRES, values }),
  };
}

const APPENDED_SQLITE = `insert into run_events (run_id, seq, part)
  select value ->> 0, value ->> 1, value ->> 2 from json_each(?)
  where exists (select 1 from runs where id = value ->> 0 and finished_at is null)
  on conflict (run_id, seq) do nothing`;

const APPENDED_POSTGRES = `with given as (
  select (row ->> 0)::uuid as run_id, (row ->> 1)::integer as seq, row ->> 2 as part
  from json_array_elements(?::json) as row
), live as (
  select id from runs where id in (select run_id from given) and finished_at is null
  order by id for share
), appended as (
  insert into run_events (run_id, seq, part)
  select run_id, seq, part from given join live on live.id = run_id
  on conflict (run_id, seq) do nothing
) select null as missing`;
