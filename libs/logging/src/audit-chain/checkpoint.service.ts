import { AtomicWriteService, persistenceConfig } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { type AuditCheckpoint, checkpointsIn, signCheckpoint } from './audit-checkpoint.js';
import { ChainOriginService } from './chain-origin.service.js';
import { checkpointInsertion, latestCheckpoint } from './checkpoint-store.js';
import { lastSeal } from './seal-lookup.js';

/** In DATA_DIR: the last checkpoint of this instance, outside of the database. */
const WITNESS_FILE = 'audit-checkpoint';

/** Signs where the chain is, and keeps that in the database, in the log and in a file of this instance. */
@Injectable()
export class CheckpointService {
  private readonly log = new Logger('Audit');
  private readonly file: string;

  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
    private readonly keys: AuditKeysService,
    private readonly origins: ChainOriginService,
    @Inject(persistenceConfig.KEY) { dataDir }: ConfigType<typeof persistenceConfig>,
  ) {
    this.file = join(dataDir, WITNESS_FILE);
  }

  /** What this instance has signed last, or nothing. */
  async witness(): Promise<AuditCheckpoint | undefined> {
    const text = await readFile(this.file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
    return checkpointsIn(text)[0];
  }

  /**
   * Signs the end of the chain, if there are records since the last checkpoint and another instance has not just done
   * it.
   */
  async make(interval: number): Promise<AuditCheckpoint | undefined> {
    const origin = await this.origins.find();
    const head = await lastSeal(this.em);
    const last = await latestCheckpoint(this.em);
    if (!origin || !head || !last || head.sequence <= last.sequence) return undefined;
    if (last.number > 0 && Date.now() - last.madeAt < interval / 2) return undefined;
    const checkpoint = signCheckpoint(this.keys, {
      chainId: origin.id,
      number: last.number + 1,
      sequence: head.sequence,
      hash: head.hash.toString('base64url'),
      madeAt: Date.now(),
    });
    const insertion = checkpointInsertion(checkpoint);
    const missing = await this.writes.apply({
      sqlite: () => [insertion],
      postgres: () => ({
        sql: `with made as (${insertion.sql}) select null as missing`,
        values: insertion.values,
      }),
      taken: { audit_checkpoints: 'turn' },
    });
    if (missing !== undefined) return undefined;
    this.log.log({ event: 'audit.checkpoint', checkpoint: checkpoint.token });
    return checkpoint;
  }

  /** Of the end as it is now; undefined while there is none. */
  async current(): Promise<AuditCheckpoint | undefined> {
    return (await this.make(0)) ?? latestCheckpoint(this.em);
  }

  /** Complete or not at all, for its owner's eyes alone. */
  async keep({ token }: AuditCheckpoint): Promise<void> {
    const draft = `${this.file}.${process.pid}`;
    await writeFile(draft, `${token}\n`, { mode: 0o600 });
    await rename(draft, this.file);
  }
}
