import { firstIdOf } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { recordColumns, recordOf, type RecordRow } from '../audit-chain/record-columns.js';
import { cefLine } from './cef.js';
import type { ExportedRecord, RecordFormat } from './exported-record.js';
import { jsonLine } from './json-lines.js';
import { ocsfLine } from './ocsf.js';

/** JSON Lines, Common Event Format, Open Cybersecurity Schema Framework. */
export const AUDIT_EXPORT_FORMATS = ['jsonl', 'cef', 'ocsf'] as const;
export type AuditExportFormat = (typeof AUDIT_EXPORT_FORMATS)[number];

/** Which records leave; all without bounds. */
export interface AuditExportRange {
  readonly since?: Date;
  /** Not included. */
  readonly until?: Date;
}

/** Records per read: they are formatted in one go. */
const RECORDS_PER_READ = 250;

/** The last moment that a date can be. */
const END_OF_TIME = new Date(8.64e15);

const FORMATS: Readonly<Record<AuditExportFormat, RecordFormat>> = {
  jsonl: jsonLine,
  cef: cefLine,
  ocsf: ocsfLine,
};

type Row = RecordRow & { readonly sequence: number | string | null; readonly hash: Buffer | null };

/** Passes the trail on to programs that look through logs, a line for each record. */
@Injectable()
export class AuditExportService {
  constructor(private readonly em: EntityManager) {}

  /** In the order of time, a few lines at a time: as fast as they are read. */
  async *lines(
    format: AuditExportFormat,
    { since, until }: AuditExportRange,
  ): AsyncGenerator<string> {
    const em = this.em.fork() as SqlEntityManager;
    // The limit stands before the join: else PostgreSQL merges with the seals from their beginning, for each read.
    const statement = `select ${recordColumns(em)}, s.sequence, s.hash from (
        select * from audit_records where id > ? and id < ? order by id limit ${RECORDS_PER_READ}
      ) as r left join audit_seals s on s.record_id = r.id order by r.id`;
    const end = firstIdOf(until ?? END_OF_TIME);
    for (let after = firstIdOf(since ?? new Date(0)); ;) {
      const rows = await em.execute<Row[]>(statement, [after, end]);
      if (rows.length > 0) {
        yield rows.map((row) => `${FORMATS[format](exported(row))}\n`).join('');
      }
      if (rows.length < RECORDS_PER_READ) return;
      after = rows.at(-1)!.id!;
      await setImmediate();
    }
  }
}

function exported(row: Row): ExportedRecord {
  const { sequence, hash } = row;
  const isSealed = sequence !== null && hash !== null;
  const seal = isSealed && {
    sequence: Number(sequence),
    hash: Buffer.from(hash).toString('hex'),
  };
  return { ...recordOf(row), seal: seal || null };
}
