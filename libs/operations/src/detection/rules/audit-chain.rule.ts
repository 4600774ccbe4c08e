import type { AuditChainBroken } from '@app/signals';
import { Injectable } from '@nestjs/common';
import { type Finding, WHOLE_SERVICE } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** The audit trail was changed by other hands than the gateway's: the evidence of everything else is in doubt. */
@Injectable()
export class AuditChainRule implements DetectionRule<'audit.chain_broken'> {
  readonly id = 'audit-chain';
  readonly watches = ['audit.chain_broken'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect({ reason, position }: AuditChainBroken): Promise<Finding | undefined> {
    const breaks = await this.counters.add(this.id, 'all');
    if (breaks < this.counters.thresholdOf(this.id)) return undefined;
    const evidence = { breaks, reason, ...(position !== undefined && { position }) };
    const finding = { rule: this.id, severity: 'critical', subject: WHOLE_SERVICE } as const;
    return { ...finding, evidence, isIncident: true };
  }
}
