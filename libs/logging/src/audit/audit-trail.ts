import { EntityManager } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { v7 } from 'uuid';
import { AuditRecord } from './audit-record.entity.js';

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
export interface AuditRecordRow {
  readonly id: string;
  readonly occurredAt: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly outcome: string;
  readonly ip: string;
  readonly requestId: string;
}

/** Which records to read. */
export interface AuditFilter {
  readonly actorId?: string;
  readonly action?: string;
  /** Only those older than this one. */
  readonly before?: string;
  readonly limit: number;
}

/** The audit trail: records in the database, in order of their ids. */
@Injectable()
export class AuditTrail {
  private readonly log = new Logger('Audit');

  constructor(private readonly em: EntityManager) {}

  /**
   * Resolves when the record is durable. If it cannot be written, the action has already happened and its answer
   * still stands; the record then goes to the log as `audit.lost`, at level error, without the ids of objects.
   */
  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.recordIn(this.em.fork(), entry);
    } catch (err) {
      const { actorId: userId, action, outcome, ip } = entry;
      this.log.error({ event: 'audit.lost', userId, action, outcome, ip, err });
    }
  }

  /** In the transaction of `em`: both happen or neither. @throws whatever keeps it from being written */
  async recordIn(em: EntityManager, entry: AuditEntry): Promise<void> {
    await em.insert(AuditRecord, { id: v7(), occurredAt: new Date(), ...entry });
  }

  /** The latest first. */
  async read({ actorId, action, before, limit }: AuditFilter): Promise<{
    records: AuditRecordRow[];
    hasMore: boolean;
  }> {
    const where = {
      ...(actorId ? { actorId } : {}),
      ...(action ? { action } : {}),
      ...(before ? { id: { $lt: before } } : {}),
    };
    const found = await this.em
      .fork()
      .find(AuditRecord, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    return { records: found.slice(0, limit).map(toRow), hasMore: found.length > limit };
  }
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
