import { toolTitle } from './tool-title.js';

describe('the title of a tool', () => {
  it.each([
    ['its own', { name: 'add_note', title: 'Add a note' }, 'Add a note'],
    ['its name in words where it has none', { name: 'add_note' }, 'Add note'],
    ['its name in words where it is blank', { name: 'get-sum', title: ' ' }, 'Get sum'],
    ['its name where that has no words', { name: '_' }, '_'],
    ['cut to what can be shown', { name: 'a', title: 'é'.repeat(200) }, 'é'.repeat(80)],
  ])('is %s', (_, tool, title) => {
    expect(toolTitle(tool)).toBe(title);
  });
});
