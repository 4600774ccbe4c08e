import { InjectionPatternRule } from './injection-pattern.rule.js';
import { aRuleWorld, found } from './testing/rule-world.js';

describe('patterns of injections', () => {
  it('are found by tool, for every caller', async () => {
    const world = await aRuleWorld();
    const rule = new InjectionPatternRule(world.counters);
    const result = (accountId: string, tool: string) =>
      ({
        type: 'tool.result_suspicious',
        accountId,
        profileId: 'office',
        server: 'mail',
        tool,
        patterns: ['concealment'],
      }) as const;
    const findings = await found(rule, [result('ada', 'read'), result('eve', 'read')]);
    expect(findings).toMatchObject([
      {
        rule: 'injection-pattern',
        severity: 'medium',
        subject: { type: 'tool', id: 'office/mail/read' },
        evidence: { results: 1, patterns: ['concealment'] },
      },
      { evidence: { results: 2 } },
    ]);
    expect(JSON.stringify(findings)).not.toContain('ada');
    await world.close();
  });
});
