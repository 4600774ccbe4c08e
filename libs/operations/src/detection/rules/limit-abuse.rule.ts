import { clientAddress } from '@app/security';
import type { LimitHit } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding, Subject } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** A client that goes on although limits refuse it. That costs next to nothing, so it is told and not blocked. */
@Injectable()
export class LimitAbuseRule implements DetectionRule<'limit.hit'> {
  readonly id = 'limit-abuse';
  readonly watches = ['limit.hit'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect({ ip, limit, accountId }: LimitHit): Promise<Finding | undefined> {
    const subject: Subject = accountId
      ? { type: 'account', id: accountId }
      : { type: 'address', id: clientAddress(ip) };
    const calls = await this.counters.add(this.id, subject.id);
    if (calls < this.counters.thresholdOf(this.id)) return undefined;
    return { rule: this.id, severity: 'low', subject, evidence: { calls, limit } };
  }
}
