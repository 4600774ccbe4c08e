import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { type AuditCheckpoint, isGenuine } from './audit-checkpoint.js';
import type { ChainFault } from './chain-fault.js';
import { type ChainOrigin, ChainOriginService } from './chain-origin.service.js';
import { CheckpointCursor } from './checkpoint-cursor.js';
import { latestCheckpoint } from './checkpoint-store.js';
import { OutsideCheckpoints } from './outside-checkpoints.js';
import { RecordProof } from './record-proof.js';
import { retiredCheckpoint } from './retired-segments.js';
import { lastSeal, sealHash } from './seal-lookup.js';
import { type SealedRow, sealedRows } from './sealed-rows.js';
import { UnsealedRecords } from './unsealed-records.js';

export interface Verification {
  /** Everything, or what has come since the last checkpoint but one. */
  readonly part: 'all' | 'newest';
  /** Checkpoints that were kept outside of the database. */
  readonly outside: AsyncIterable<AuditCheckpoint> | Iterable<AuditCheckpoint>;
  readonly signal?: AbortSignal;
}

export interface ChainSummary {
  /** How many records were verified, and the place of the last one. */
  readonly records: number;
  readonly sequence: number;
  /** How many wait for their seals. */
  readonly waiting: number;
  /** The last genuine checkpoint that the chain agrees with. */
  readonly checkpoint: AuditCheckpoint | undefined;
}

/** Where a verification begins: what is before is taken on the word of a checkpoint. */
interface Start {
  readonly number: number;
  readonly sequence: number;
  readonly hash: Buffer;
}

type Report = (fault: ChainFault) => void;

/** Proves the trail, step by step: what it holds in memory does not grow with it. */
@Injectable()
export class ChainVerifier {
  constructor(
    private readonly em: EntityManager,
    private readonly keys: AuditKeysService,
    private readonly origins: ChainOriginService,
  ) {}

  async verify({ part, outside, signal }: Verification, report: Report): Promise<ChainSummary> {
    const origin = await this.origins.find();
    const unsealed = new UnsealedRecords(this.em, this.keys, origin);
    const chain = origin
      ? await this.verifyChain(origin, part, report, signal)
      : { records: 0, sequence: 0, checkpoint: undefined };
    if (!origin) await this.assertNone(report);
    const known = new OutsideCheckpoints(this.em, this.keys, origin);
    for await (const checkpoint of outside) {
      const fault = await known.faultOf(checkpoint);
      if (fault) report(fault);
    }
    return { ...chain, waiting: await unsealed.check(part, report, signal) };
  }

  private async verifyChain(
    origin: ChainOrigin,
    part: Verification['part'],
    report: Report,
    signal: AbortSignal | undefined,
  ): Promise<Omit<ChainSummary, 'waiting'>> {
    const start = await this.startOf(origin, part);
    const cursor = new CheckpointCursor(this.em, start.number, origin, this.keys, report);
    const proof = new RecordProof(this.em, this.keys);
    let { sequence } = start;
    let previous: Buffer | undefined = start.hash;
    let records = 0;
    let agreed: AuditCheckpoint | undefined;
    await cursor.at(start.sequence);
    for await (const row of sealedRows(this.em, start.sequence, signal)) {
      if (row.sequence > sequence + 1) {
        previous = await this.afterGap(sequence + 1, row.sequence - 1, report);
      }
      const checkpoint = await cursor.at(row.sequence);
      const fault = await proof.faultOf(row, previous, checkpoint);
      if (fault) report(fault);
      if (checkpoint?.sequence === row.sequence) {
        if (checkpoint.hash === row.hash.toString('base64url')) agreed = checkpoint;
        else report(unlike(checkpoint, row));
      }
      ({ sequence, hash: previous } = row);
      records += 1;
    }
    const after = await cursor.at(sequence + 1);
    if (after) await this.reportCut(sequence, after, report);
    return { records, sequence, checkpoint: agreed };
  }

  private async startOf(origin: ChainOrigin, part: Verification['part']): Promise<Start> {
    const retired = await retiredCheckpoint(this.em);
    const recent = part === 'newest' ? await latestCheckpoint(this.em, 1) : undefined;
    const [from] = [retired, recent]
      .filter((one) => one !== undefined && isGenuine(one, this.keys))
      .sort((a, b) => b!.sequence - a!.sequence);
    if (!from) return { number: 0, sequence: 0, hash: origin.hash };
    const hash = Buffer.from(from.hash, 'base64url');
    // Every checkpoint is looked at, also of records that are no more.
    return { number: part === 'all' ? 0 : from.number, sequence: from.sequence, hash };
  }

  /** A segment may have been removed since the beginning: then a checkpoint stands for it. */
  private async afterGap(first: number, last: number, report: Report): Promise<Buffer | undefined> {
    const retired = await retiredCheckpoint(this.em);
    if (retired && retired.sequence >= last) return undefined;
    const which = first === last ? `Record ${first} is` : `Records ${first} to ${last} are`;
    report({ kind: 'removed', sequence: first, text: `${which} missing from the chain` });
    return undefined;
  }

  private async reportCut(
    sequence: number,
    { number }: AuditCheckpoint,
    report: Report,
  ): Promise<void> {
    // Meanwhile records, and a checkpoint of them, may have come.
    const last = await latestCheckpoint(this.em);
    if (!last || (await sealHash(this.em, last.sequence)) === last.hash) return;
    report({
      kind: 'cut',
      sequence: sequence + 1,
      text: `The end is missing: records ${sequence + 1} to ${last.sequence}, which checkpoint ${number} proves`,
    });
  }

  private async assertNone(report: Report): Promise<void> {
    if ((await lastSeal(this.em)) === undefined) return;
    report({ kind: 'removed', text: 'The beginning of the chain is missing' });
  }
}

function unlike({ number }: AuditCheckpoint, { sequence }: SealedRow): ChainFault {
  const text = `The chain is not the one that checkpoint ${number} has signed, up to record ${sequence}`;
  return { kind: 'forged', sequence, text };
}
