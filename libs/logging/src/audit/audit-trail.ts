import { firstIdOf } from '@app/persistence';
import { EntityManager, type FilterQuery } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { AuditRecord } from './audit-record.entity.js';
import { AuditRecordFactory } from './audit-record.factory.js';
import { countAction } from './counted-actions.js';
import type { RecordContent } from './record-digest.js';

/** One action as the trail keeps it. */
export interface AuditEntry {
  readonly actorId?: string;
  readonly action: string;
  readonly objectType?: string;
  readonly objectId?: string;
  readonly outcome: string;
  readonly ip: string;
  readonly requestId: string;
}

/**
 * Records what happens to an object in the transaction that it happens in. What it throws undoes that: for acts that
 * must not be possible without a record.
 */
export type RecordAudit = (objectId: string, em: EntityManager) => Promise<void>;

/** One record as it is read. */
export type AuditRecordRow = Omit<RecordContent, 'occurredAt'> & { readonly occurredAt: string };

/** Which records to read. */
export interface AuditFilter {
  readonly actorId?: string;
  readonly action?: string;
  readonly objectId?: string;
  readonly outcome?: string;
  readonly since?: Date;
  /** Only those before. */
  readonly until?: Date;
  /** @default newest */
  readonly sort?: 'newest' | 'oldest';
  /** Only those that follow this one in that order. */
  readonly after?: string;
  readonly limit: number;
}

/** The audit trail: records in the database, in order of their ids. */
@Injectable()
export class AuditTrail {
  private readonly log = new Logger('Audit');

  constructor(
    private readonly em: EntityManager,
    private readonly factory: AuditRecordFactory,
  ) {}

  /**
   * Resolves when the record is durable. If it cannot be written, the action has already happened and its answer
   * still stands; the record then goes to the log as `audit.lost`, at level error, without the ids of objects.
   */
  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.recordIn(this.em.fork(), entry);
    } catch (err) {
      const { actorId: accountId, action, outcome, ip } = entry;
      this.log.error({ event: 'audit.lost', userId: accountId, action, outcome, ip, err });
    }
  }

  /**
   * In the transaction of `em`: both happen or neither.
   *
   * @returns the id of the record
   * @throws whatever keeps it from being written
   */
  async recordIn(em: EntityManager, entry: AuditEntry): Promise<string> {
    countAction(entry);
    const { occurredAt, mac, ...record } = this.factory.make(entry);
    await em.insert(AuditRecord, { ...record, occurredAt: new Date(occurredAt), mac });
    return record.id;
  }

  async read({ limit, sort = 'newest', ...filter }: AuditFilter): Promise<{
    records: AuditRecordRow[];
    /** The id to continue after; null on the last page. */
    nextCursor: string | null;
  }> {
    const found = await this.em.fork().find(AuditRecord, conditionOf(filter, sort), {
      orderBy: { id: sort === 'newest' ? 'desc' : 'asc' },
      limit: limit + 1,
    });
    const records = found.slice(0, limit).map(toRow);
    return { records, nextCursor: found.length > limit ? records.at(-1)!.id : null };
  }
}

function conditionOf(
  { since, until, after, ...same }: Omit<AuditFilter, 'limit' | 'sort'>,
  sort: 'newest' | 'oldest',
): FilterQuery<AuditRecord> {
  const equal = Object.entries(same).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(equal),
    $and: [
      since === undefined ? {} : { id: { $gte: firstIdOf(since) } },
      until === undefined ? {} : { id: { $lt: firstIdOf(until) } },
      after === undefined ? {} : { id: sort === 'newest' ? { $lt: after } : { $gt: after } },
    ],
  };
}

function toRow(record: AuditRecord): AuditRecordRow {
  return {
    id: record.id,
    occurredAt: record.occurredAt.toISOString(),
    actorId: record.actorId ?? null,
    action: record.action,
    objectType: record.objectType ?? null,
    objectId: record.objectId ?? null,
    outcome: record.outcome,
    ip: record.ip,
    requestId: record.requestId,
  };
}
