import type { CostSpent } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** Into how many parts the threshold is divided: the counters, which all instances share, count whole things. */
const PARTS = 100;

/** Billionths of a currency in one of it. */
const NANOS = 1_000_000_000;

/** How many accounts have a part begun. Beyond it the oldest loses what is less than a part. */
const MAX_REMAINDERS = 10_000;

/** An account whose answers cost much more than any use of a phone. */
@Injectable()
export class CostSpikeRule implements DetectionRule<'cost.spent'> {
  readonly id = 'cost-spike';
  readonly watches = ['cost.spent'] as const;
  private readonly remainders = new Map<string, number>();

  constructor(private readonly counters: RuleCounters) {}

  async inspect({ accountId, currency, nanos }: CostSpent): Promise<Finding | undefined> {
    const threshold = this.counters.thresholdOf(this.id);
    const subject = `${accountId}:${currency}`;
    const parts = this.partsOf(subject, nanos, (threshold * NANOS) / PARTS);
    if (parts === 0) return undefined;
    const counts = await Promise.all(
      Array.from({ length: parts }, () => this.counters.add(this.id, subject)),
    );
    const spent = Math.max(...counts);
    if (spent < PARTS) return undefined;
    const amount = Math.round(((spent * threshold) / PARTS) * 100) / 100;
    return {
      rule: this.id,
      severity: 'high',
      subject: { type: 'account', id: accountId },
      evidence: { amount, currency },
    };
  }

  /** The whole parts that are spent with this; the rest is kept for the next time. */
  private partsOf(subject: string, nanos: number, part: number): number {
    const sum = (this.remainders.get(subject) ?? 0) + nanos;
    this.remainders.delete(subject);
    if (this.remainders.size >= MAX_REMAINDERS) {
      this.remainders.delete(this.remainders.keys().next().value!);
    }
    this.remainders.set(subject, sum % part);
    return Math.min(PARTS, Math.floor(sum / part));
  }
}
