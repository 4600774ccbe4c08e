import { isNameChecked, uncheckedText } from './unchecked-names.js';

describe('names that a command cannot check', () => {
  it('are told, each kind once', () => {
    const parts = [
      { scope: 'profile', target: 'notse' },
      { scope: 'profile', target: 'notes' },
      { scope: 'tool', target: 'notes/add' },
      { scope: 'chat' },
    ] as const;
    expect(parts.map(isNameChecked)).toEqual([false, false, false, true]);
    expect(uncheckedText(parts)).toContain('does not know which profiles and tools exist');
  });

  it('are none of accounts, which are looked up, nor of what there is one of', () => {
    const account = { scope: 'account', target: '0199aaaa-0000-7000-8000-000000000000' } as const;
    expect(uncheckedText([account, { scope: 'sign_in' }])).toBe('');
  });
});
