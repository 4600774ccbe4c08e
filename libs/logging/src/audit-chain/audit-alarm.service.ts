import { emitSignal } from '@app/signals';
import { Injectable, Logger } from '@nestjs/common';
import type { ChainFault } from './chain-fault.js';

/** The same fault is told again after this time. Milliseconds. */
const REPEATED_AFTER_MS = 3_600_000;

/** How many faults are remembered as told. */
const MAX_TOLD = 1_000;

/** Tells that the audit trail was tampered with: in the log, and to those who watch for attacks. */
@Injectable()
export class AuditAlarmService {
  private readonly log = new Logger('Audit');
  /** When faults were told, by their texts. */
  private readonly told = new Map<string, number>();

  raise({ kind, recordId, sequence, text }: ChainFault): void {
    const now = performance.now();
    if (now - (this.told.get(text) ?? -Infinity) < REPEATED_AFTER_MS) return;
    if (this.told.size >= MAX_TOLD) this.told.clear();
    this.told.set(text, now);
    this.log.error({ event: 'audit.chain_broken', outcome: kind, reason: text });
    const position = recordId ?? sequence?.toString();
    emitSignal({ type: 'audit.chain_broken', reason: kind, ...(position && { position }) });
  }
}
