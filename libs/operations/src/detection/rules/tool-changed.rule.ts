import type { ToolDefinitionChanged } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** A tool whose definition is not the one that was reviewed. It is withheld, unless TOOL_PINS=warn. */
@Injectable()
export class ToolChangedRule implements DetectionRule<'tool.definition_changed'> {
  readonly id = 'tool-changed';
  readonly watches = ['tool.definition_changed'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect(signal: ToolDefinitionChanged): Promise<Finding | undefined> {
    const { profileId, server, tool, reason, outcome } = signal;
    const subject = { type: 'tool', id: `${profileId}/${server}/${tool}` } as const;
    const definitions = await this.counters.add(this.id, subject.id);
    if (definitions < this.counters.thresholdOf(this.id)) return undefined;
    const isUsed = outcome === 'used';
    const severity = reason === 'changed' || isUsed ? 'high' : 'medium';
    return { rule: this.id, severity, subject, evidence: { reason, outcome, definitions } };
  }
}
