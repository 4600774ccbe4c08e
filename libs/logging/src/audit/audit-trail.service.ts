import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
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

/** The audit trail: records in the database, in order of their ids. */
@Injectable()
export class AuditTrail {
  private readonly log = new Logger('Audit');

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /**
   * Resolves when the record is durable. If it cannot be written, the action has already happened and its answer
   * still stands; the record then goes to the log as `audit.lost`, at level error, without the ids of objects.
   */
  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.em.fork().insert(AuditRecord, { id: v7(), occurredAt: new Date(), ...entry });
    } catch (err) {
      const { actorId: userId, action, outcome, ip } = entry;
      this.log.error({ event: 'audit.lost', userId, action, outcome, ip, err });
    }
  }
}
