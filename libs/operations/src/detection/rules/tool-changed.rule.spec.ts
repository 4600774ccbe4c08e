import type { ToolDefinitionChanged } from '@app/signals';
import { aRuleWorld, found } from './testing/rule-world.js';
import { ToolChangedRule } from './tool-changed.rule.js';

describe('a changed tool', () => {
  it.each([
    ['changed', 'withheld', 'high'],
    ['new', 'withheld', 'medium'],
    ['new', 'used', 'high'],
  ] as const)('that is %s and %s is of severity %s', async (reason, outcome, severity) => {
    const world = await aRuleWorld();
    const signal: ToolDefinitionChanged = {
      type: 'tool.definition_changed',
      profileId: 'office',
      server: 'files',
      tool: 'read_file',
      reason,
      outcome,
    };
    expect(await found(new ToolChangedRule(world.counters), [signal])).toEqual([
      {
        rule: 'tool-changed',
        severity,
        subject: { type: 'tool', id: 'office/files/read_file' },
        evidence: { reason, outcome, definitions: 1 },
      },
    ]);
    await world.close();
  });
});
