import type { CostSpent } from '@app/signals';
import { CostSpikeRule } from './cost-spike.rule.js';
import { aRuleWorld, found, type RuleWorld } from './testing/rule-world.js';

const NANOS = 1_000_000_000;

const spent = (amount: number, more: Partial<CostSpent> = {}): CostSpent => ({
  type: 'cost.spent',
  accountId: 'ada',
  profileId: 'office',
  currency: 'USD',
  nanos: Math.round(amount * NANOS),
  ...more,
});
const times = <T>(count: number, signal: T) => Array.from({ length: count }, () => signal);

describe('a spike of costs', () => {
  let world: RuleWorld;
  let rule: CostSpikeRule;
  beforeEach(async () => {
    world = await aRuleWorld();
    rule = new CostSpikeRule(world.counters);
  });
  afterEach(() => world.close());

  it('is found where one account passes the amount within the window', async () => {
    expect(await found(rule, times(99, spent(0.1)))).toEqual([]);
    expect(await found(rule, [spent(0.11)])).toEqual([
      {
        rule: 'cost-spike',
        severity: 'high',
        subject: { type: 'account', id: 'ada' },
        evidence: { amount: 10, currency: 'USD' },
      },
    ]);
  });

  it('adds up what is less than a part of the threshold', async () => {
    const findings = await found(rule, times(10_001, spent(0.001)));
    expect(findings[0]).toMatchObject({ evidence: { amount: 10 } });
    expect(findings.length).toBeLessThanOrEqual(2);
  });

  it('is found at once for one step that costs too much, and counts no further', async () => {
    expect(await found(rule, [spent(5_000)])).toHaveLength(1);
  });

  it('adds up neither accounts nor currencies, nor what was long ago', async () => {
    await found(rule, [spent(9), spent(9, { accountId: 'eve' }), spent(9, { currency: 'EUR' })]);
    expect(await found(rule, [spent(0.5)])).toEqual([]);
    world.pass(70 * 60_000);
    expect(await found(rule, [spent(9)])).toEqual([]);
  });
});
