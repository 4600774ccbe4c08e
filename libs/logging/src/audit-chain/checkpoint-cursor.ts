import type { EntityManager } from '@mikro-orm/core';
import type { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { type AuditCheckpoint, isGenuine } from './audit-checkpoint.js';
import type { ChainFault } from './chain-fault.js';
import type { ChainOrigin } from './chain-origin.service.js';
import { checkpointsFrom } from './checkpoint-store.js';

/** Goes through the stored checkpoints beside the chain, and tells what is wrong with them. */
export class CheckpointCursor {
  private readonly stored: ReturnType<typeof checkpointsFrom>;
  private expected: number;
  private next: AuditCheckpoint | undefined;
  private isBegun = false;

  constructor(
    em: EntityManager,
    first: number,
    private readonly origin: ChainOrigin,
    private readonly keys: AuditKeysService,
    private readonly report: (fault: ChainFault) => void,
  ) {
    this.stored = checkpointsFrom(em, first);
    this.expected = first;
  }

  /** The first genuine one at this place or after it. */
  async at(sequence: number): Promise<AuditCheckpoint | undefined> {
    while (!this.isBegun || (this.next && this.next.sequence < sequence)) {
      this.isBegun = true;
      this.next = await this.advance();
    }
    return this.next;
  }

  private async advance(): Promise<AuditCheckpoint | undefined> {
    for (;;) {
      const { value, done } = await this.stored.next();
      if (done) return undefined;
      const { number, sequence, checkpoint } = value;
      if (number > this.expected) {
        this.fault(`Checkpoints ${this.expected} to ${number - 1} are missing`);
      }
      this.expected = number + 1;
      if (!checkpoint || checkpoint.number !== number || checkpoint.sequence !== sequence) {
        this.fault(`Checkpoint ${number}: changed`);
      } else if (checkpoint.chainId !== this.origin.id) {
        this.fault(`Checkpoint ${number}: of another chain`);
      } else if (!isGenuine(checkpoint, this.keys)) {
        this.fault(
          `Checkpoint ${number}: not signed by a key that is known here (${checkpoint.keyId})`,
        );
      } else if (number === 0 && checkpoint.hash !== this.origin.hash.toString('base64url')) {
        this.fault('The beginning of the chain was changed');
      } else return checkpoint;
    }
  }

  private fault(text: string): void {
    this.report({ kind: 'checkpoint', text });
  }
}
