import { LOWEST_ID } from '@app/persistence';
import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { recordText } from '../audit/record-digest.js';
import type { ChainFault } from './chain-fault.js';
import type { ChainOrigin } from './chain-origin.service.js';
import { recordColumns, recordOf, type RecordRow } from './record-columns.js';
import { refusedText } from './seal.service.js';

const RECORDS_PER_READ = 250;

/** How many records one statement looks through: however long the trail is, none takes long. */
const RECORDS_PER_SEARCH = 5_000;

type Row = RecordRow & {
  readonly place: string;
  readonly mac: Buffer | null;
  readonly waits: string | null;
  /** The seal it has all the same. */
  readonly sealed: string | null;
};

/** The records that have no seal: most of them wait for it, for a second. */
export class UnsealedRecords {
  constructor(
    private readonly em: EntityManager,
    private readonly keys: AuditKeysService,
    private readonly origin: ChainOrigin | undefined,
  ) {}

  /**
   * Tells of those that no gateway has written, and of those that were removed. Among all records, those are found that
   * are not even waited for.
   *
   * @returns how many wait
   */
  async check(
    part: 'all' | 'newest',
    report: (fault: ChainFault) => void,
    signal?: AbortSignal,
  ): Promise<number> {
    const waiting = await this.checkPending(report, signal);
    return part === 'all' ? waiting + (await this.checkUnknown(report, signal)) : waiting;
  }

  private async checkPending(
    report: (fault: ChainFault) => void,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let waiting = 0;
    for (let after = LOWEST_ID; ;) {
      signal?.throwIfAborted();
      const rows = await this.read(
        `select p.record_id as place, p.record_id as waits, s.record_id as sealed, r.mac, ${this.columns()}
         from (
           select record_id from audit_pending where record_id > ? order by record_id limit ${RECORDS_PER_READ}
         ) as p left join audit_records r on r.id = p.record_id
           left join audit_seals s on s.record_id = p.record_id
         order by p.record_id`,
        [after],
      );
      waiting += this.tell(rows, report);
      if (rows.length < RECORDS_PER_READ) return waiting;
      after = rows.at(-1)!.place;
    }
  }

  private async checkUnknown(
    report: (fault: ChainFault) => void,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let waiting = 0;
    for (let after: string | undefined = LOWEST_ID; after !== undefined;) {
      signal?.throwIfAborted();
      const until = await this.endOfSearch(after);
      const rows = await this.read(
        `select r.id as place, null as waits, null as sealed, r.mac, ${this.columns()}
         from audit_records r
         where r.id > ? ${until === undefined ? '' : 'and r.id <= ?'}
           and not exists (select 1 from audit_seals s where s.record_id = r.id)
           and not exists (select 1 from audit_pending p where p.record_id = r.id)
         order by r.id`,
        until === undefined ? [after] : [after, until],
      );
      waiting += this.tell(rows, report);
      after = until;
    }
    return waiting;
  }

  /** The record so many places after another one; undefined where there are not so many. */
  private async endOfSearch(after: string): Promise<string | undefined> {
    const [row] = await (this.em.fork() as SqlEntityManager).execute<{ id: string }[]>(
      `select id from audit_records where id > ? order by id limit 1 offset ${RECORDS_PER_SEARCH - 1}`,
      [after],
    );
    return row?.id;
  }

  private read(statement: string, values: readonly string[]): Promise<Row[]> {
    return (this.em.fork() as SqlEntityManager).execute<Row[]>(statement, [...values]);
  }

  private columns(): string {
    return recordColumns(this.em as SqlEntityManager);
  }

  /** @returns how many of them have no fault, and wait */
  private tell(rows: readonly Row[], report: (fault: ChainFault) => void): number {
    const faults = rows.map((row) => this.faultOf(row)).filter((fault) => fault !== undefined);
    faults.forEach(report);
    return rows.length - faults.length;
  }

  private faultOf(row: Row): ChainFault | undefined {
    const recordId = row.place;
    if (row.sealed !== null) {
      const text = `Record ${recordId}: waits for a seal that it has, as no gateway lets it`;
      return { kind: 'inserted', recordId, text };
    }
    if (row.id === null) {
      return {
        kind: 'removed',
        recordId,
        text: `Record ${recordId}: removed before it was sealed`,
      };
    }
    if (this.isOwn(row)) return undefined;
    return { kind: 'inserted', recordId, text: refusedText(recordId) };
  }

  /** One of an earlier release counts as long as such records are sealed. */
  private isOwn(row: Row): boolean {
    if (row.mac === null) return !this.origin || Date.now() < this.origin.legacyUntil;
    return row.waits !== null && this.keys.hasMac(recordText(recordOf(row)), Buffer.from(row.mac));
  }
}
