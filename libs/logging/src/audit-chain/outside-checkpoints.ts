import type { EntityManager } from '@mikro-orm/core';
import type { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { type AuditCheckpoint, isGenuine } from './audit-checkpoint.js';
import type { ChainFault } from './chain-fault.js';
import type { ChainOrigin } from './chain-origin.service.js';
import { checkpointAt } from './checkpoint-store.js';
import { lastSeal, sealHash } from './seal-lookup.js';

/** Compares the chain with checkpoints that were kept outside of the database. */
export class OutsideCheckpoints {
  constructor(
    private readonly em: EntityManager,
    private readonly keys: AuditKeysService,
    private readonly origin: ChainOrigin | undefined,
  ) {}

  /** What the chain lacks, or has otherwise, or why the checkpoint proves nothing. */
  async faultOf(checkpoint: AuditCheckpoint): Promise<ChainFault | undefined> {
    const { chainId, number, sequence, hash, token } = checkpoint;
    const name = `Checkpoint ${number}, kept outside`;
    if (!isGenuine(checkpoint, this.keys)) {
      const text = `${name}: not signed by a key that is known here (${checkpoint.keyId})`;
      return { kind: 'checkpoint', text };
    }
    if (chainId !== this.origin?.id) {
      return { kind: 'cut', text: `${name}: its chain is not that of this database` };
    }
    const expected =
      sequence === 0 ? this.origin.hash.toString('base64url') : await sealHash(this.em, sequence);
    if (expected === hash) return undefined;
    // Of records that were removed as their time was over the checkpoint has stayed.
    if (expected === undefined && (await checkpointAt(this.em, number))?.token === token) {
      return undefined;
    }
    const last = (await lastSeal(this.em))?.sequence ?? 0;
    if (sequence > last) {
      const text = `The end is missing: records ${last + 1} to ${sequence} (${name})`;
      return { kind: 'cut', sequence: last + 1, text };
    }
    const text = `The chain is not the one that was signed, up to record ${sequence} (${name})`;
    return { kind: 'forged', sequence, text };
  }
}
