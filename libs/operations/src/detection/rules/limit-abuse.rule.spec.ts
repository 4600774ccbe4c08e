import type { LimitHit } from '@app/signals';
import { LimitAbuseRule } from './limit-abuse.rule.js';
import { aRuleWorld, found } from './testing/rule-world.js';

describe('abuse of limits', () => {
  it('is found for an account wherever it calls from, and for an address without one', async () => {
    const world = await aRuleWorld();
    const rule = new LimitAbuseRule(world.counters);
    const hit = (n: number): LimitHit => ({
      type: 'limit.hit',
      ip: `203.0.113.${n % 200}`,
      limit: 'chat',
      accountId: 'ada',
    });
    const hits = Array.from({ length: 200 }, (_, n) => hit(n));
    expect(await found(rule, hits.slice(0, 199))).toEqual([]);
    const finding = { rule: 'limit-abuse', severity: 'low' };
    expect(await found(rule, hits.slice(199))).toEqual([
      {
        ...finding,
        subject: { type: 'account', id: 'ada' },
        evidence: { calls: 200, limit: 'chat' },
      },
    ]);
    const anonymous = { type: 'limit.hit', ip: '203.0.113.250', limit: 'api' } as const;
    const found200 = await found(
      rule,
      Array.from({ length: 200 }, () => anonymous),
    );
    expect(found200).toEqual([
      {
        ...finding,
        subject: { type: 'address', id: '203.0.113.250' },
        evidence: { calls: 200, limit: 'api' },
      },
    ]);
    await world.close();
  });
});
