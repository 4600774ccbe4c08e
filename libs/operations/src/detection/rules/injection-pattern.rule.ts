import type { ToolResultSuspicious } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** A tool whose results read like words to a language model. What a model can do with them is bounded otherwise. */
@Injectable()
export class InjectionPatternRule implements DetectionRule<'tool.result_suspicious'> {
  readonly id = 'injection-pattern';
  readonly watches = ['tool.result_suspicious'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect(signal: ToolResultSuspicious): Promise<Finding | undefined> {
    const { profileId, server, tool, patterns } = signal;
    const subject = { type: 'tool', id: `${profileId}/${server}/${tool}` } as const;
    const results = await this.counters.add(this.id, subject.id);
    if (results < this.counters.thresholdOf(this.id)) return undefined;
    return { rule: this.id, severity: 'medium', subject, evidence: { results, patterns } };
  }
}
