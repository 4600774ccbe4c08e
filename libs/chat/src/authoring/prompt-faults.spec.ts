import type { McpPrompt } from '@app/mcp';
import type { Profile } from '../profiles/profile.js';
import { promptFaults } from './prompt-faults.js';

const profile = { allowedPrompts: { one: ['say'] } } as unknown as Profile;
const prompt: McpPrompt = { name: 'say', description: '', arguments: [], digest: 'a' };
const pinned = (sha256: string, server = 'one') => ({
  tools: {},
  prompts: { say: { server, sha256 } },
});

describe('promptFaults', () => {
  it.each([
    ['no pins at all', [prompt], undefined, /^$/],
    ['the same pin', [prompt], pinned('a'), /^$/],
    ['another pin', [prompt], pinned('b'), /not as it was pinned/],
    ['the pin of another server', [prompt], pinned('a', 'two'), /not as it was pinned/],
    ['pins of tools alone', [prompt], { tools: {} }, /is not pinned/],
    ['no such prompt', [], pinned('a'), /has no prompt say/],
  ])('tells of %s', (_title, prompts, pins, fault) => {
    const faults = promptFaults(profile, 'one', prompts, pins);
    expect(faults.join('\n')).toMatch(fault);
  });
});
