import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import {
  contentDigest,
  linkDigest,
  personalDigest,
  type RecordContent,
} from '../audit/record-digest.js';
import type { AuditCheckpoint } from './audit-checkpoint.js';
import type { ChainFault } from './chain-fault.js';
import { REDACTED, redactionDigest } from './redactions.js';
import type { SealedRow } from './sealed-rows.js';

/** Proves one record by its seal, and its seal by the one before. */
export class RecordProof {
  constructor(
    private readonly em: EntityManager,
    private readonly keys: AuditKeysService,
  ) {}

  /**
   * What is wrong with a record, if anything is.
   *
   * @param previous the hash before it; undefined where that is missing
   * @param checkpoint the first one at its place or after it
   */
  async faultOf(
    row: SealedRow,
    previous: Buffer | undefined,
    checkpoint: AuditCheckpoint | undefined,
  ): Promise<ChainFault | undefined> {
    const { recordId, sequence, record } = row;
    const fault = (kind: ChainFault['kind'], what: string): ChainFault => {
      return { kind, recordId, sequence, text: `Record ${recordId} (${sequence}): ${what}` };
    };
    if (!record) return fault('removed', 'removed');
    if (!this.isUnchanged(row, record)) return fault('changed', 'changed after it was sealed');
    if (previous && !linkDigest(previous, sequence, row.content).equals(row.hash)) {
      return fault('moved', 'does not follow the one before it: inserted, or moved from its place');
    }
    if (!this.isOfGateway(row, checkpoint)) {
      return fault('forged', 'sealed without the key: the chain was made anew from here on');
    }
    if (record.action === REDACTED && !(await this.isWhole(record))) {
      return fault('redaction', 'the records that it has redacted are not those of the table');
    }
    return undefined;
  }

  private isUnchanged(row: SealedRow, record: RecordContent): boolean {
    const { salt, redaction, personal, content } = row;
    const isPersonProven = salt
      ? personalDigest(salt, record).equals(personal)
      : redaction && personalDigest(redaction.salt, record).equals(redaction.digest);
    return Boolean(isPersonProven) && contentDigest(record, personal).equals(content);
  }

  /** Of the time of a former key whose private half is gone, the checkpoint alone says so. */
  private isOfGateway({ hash, mac }: SealedRow, checkpoint: AuditCheckpoint | undefined): boolean {
    if (this.keys.hasMac(hash, mac)) return true;
    return checkpoint !== undefined && !this.keys.isPrivate(checkpoint.keyId);
  }

  private async isWhole({ id, objectId }: RecordContent): Promise<boolean> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<
      { record_id: string; digest: Buffer }[]
    >('select record_id, digest from audit_redactions where redaction_id = ? order by record_id', [
      id,
    ]);
    const redacted = rows.map(({ record_id, digest }) => {
      return { id: record_id, digest: Buffer.from(digest).toString('hex') };
    });
    return redactionDigest(redacted) === objectId;
  }
}
