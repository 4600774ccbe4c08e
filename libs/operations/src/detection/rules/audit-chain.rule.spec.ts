import { AuditChainRule } from './audit-chain.rule.js';
import { aRuleWorld, found } from './testing/rule-world.js';

describe('a broken audit trail', () => {
  it('is critical, an incident by itself, and says where', async () => {
    const world = await aRuleWorld();
    const broken = { type: 'audit.chain_broken', reason: 'removed', position: '4711' } as const;
    expect(await found(new AuditChainRule(world.counters), [broken])).toEqual([
      {
        rule: 'audit-chain',
        severity: 'critical',
        subject: { type: 'service', id: 'gateway' },
        evidence: { breaks: 1, reason: 'removed', position: '4711' },
        isIncident: true,
      },
    ]);
    await world.close();
  });
});
