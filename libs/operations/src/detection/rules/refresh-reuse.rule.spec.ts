import { RefreshReuseRule } from './refresh-reuse.rule.js';
import { aRuleWorld, found } from './testing/rule-world.js';

describe('reuse of refresh tokens', () => {
  it('is found at the first, or from the threshold on, for each account', async () => {
    const world = await aRuleWorld();
    const reused = (accountId: string) =>
      ({ type: 'refresh.reused', ip: '203.0.113.7', accountId }) as const;
    expect(await found(new RefreshReuseRule(world.counters), [reused('ada')])).toEqual([
      {
        rule: 'refresh-reuse',
        severity: 'high',
        subject: { type: 'account', id: 'ada' },
        evidence: { tokens: 1 },
      },
    ]);
    const patient = new RefreshReuseRule(
      world.with('refresh-reuse', { hits: 3, window: 3_600_000 }),
    );
    expect(await found(patient, ['grace', 'eve', 'grace'].map(reused))).toEqual([]);
    expect(await found(patient, [reused('grace')])).toHaveLength(1);
    await world.close();
  });
});
