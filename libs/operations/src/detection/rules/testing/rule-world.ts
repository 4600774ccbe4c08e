import { EventCounters, type Limit, SecurityModule } from '@app/security';
import { Test, type TestingModule } from '@nestjs/testing';
import { detectionConfig } from '../../settings/detection.config.js';
import { RuleCounters } from '../rule-counters.js';
import type { RuleId } from '../../settings/rule-settings.js';

/** The counters of a gateway without Redis, on a clock that a test moves. */
export interface RuleWorld {
  readonly counters: RuleCounters;
  /** The counters with another threshold of a rule, or with it off. */
  with(rule: RuleId, limit: Limit | undefined): RuleCounters;
  pass(milliseconds: number): void;
  close(): Promise<void>;
}

export async function aRuleWorld(): Promise<RuleWorld> {
  vi.useFakeTimers({ toFake: ['Date'] });
  const module: TestingModule = await Test.createTestingModule({
    imports: [SecurityModule],
  }).compile();
  const events = module.get(EventCounters);
  const config = detectionConfig();
  return {
    counters: new RuleCounters(events, config),
    with(rule, limit) {
      const { [rule]: _, ...others } = config.thresholds;
      const thresholds = limit ? { ...others, [rule]: limit } : others;
      return new RuleCounters(events, { ...config, thresholds });
    },
    pass: (milliseconds) => void vi.setSystemTime(Date.now() + milliseconds),
    async close() {
      await module.close();
      vi.useRealTimers();
    },
  };
}

/** What a rule finds at each of the signals in turn. */
export async function found<Signal, Result>(
  rule: { inspect(signal: Signal): Promise<Result | undefined> },
  signals: Iterable<Signal>,
): Promise<Result[]> {
  const findings: Result[] = [];
  for (const signal of signals) {
    const finding = await rule.inspect(signal);
    if (finding) findings.push(finding);
  }
  return findings;
}
