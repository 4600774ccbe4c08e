import type { SignInSucceeded } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** An account on several new devices within a day: one that is passed around, or that was taken. Its owner gets a notice of each. */
@Injectable()
export class NewDeviceRule implements DetectionRule<'sign-in.succeeded'> {
  readonly id = 'new-device';
  readonly watches = ['sign-in.succeeded'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect({ accountId, isNewDevice }: SignInSucceeded): Promise<Finding | undefined> {
    if (!isNewDevice) return undefined;
    const devices = await this.counters.add(this.id, accountId);
    if (devices < this.counters.thresholdOf(this.id)) return undefined;
    const subject = { type: 'account', id: accountId } as const;
    return { rule: this.id, severity: 'low', subject, evidence: { devices } };
  }
}
