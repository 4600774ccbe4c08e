import type { RefreshReused } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** A refresh token in two hands. Its session has been ended, and the owner been told, before this is known here. */
@Injectable()
export class RefreshReuseRule implements DetectionRule<'refresh.reused'> {
  readonly id = 'refresh-reuse';
  readonly watches = ['refresh.reused'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect({ accountId }: RefreshReused): Promise<Finding | undefined> {
    const tokens = await this.counters.add(this.id, accountId);
    if (tokens < this.counters.thresholdOf(this.id)) return undefined;
    const subject = { type: 'account', id: accountId } as const;
    return { rule: this.id, severity: 'high', subject, evidence: { tokens } };
  }
}
