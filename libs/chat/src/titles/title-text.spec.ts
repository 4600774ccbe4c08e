import { titleText } from './title-text.js';

describe('a title from a model', () => {
  it.each([
    ['Milk for tomorrow', 'Milk for tomorrow'],
    ['"Milk for tomorrow."\n', 'Milk for tomorrow'],
    ['Title: **Milk**', 'Milk'],
    ['# Milk\n\nThis is a title.', 'Milk'],
    ['„Milch für morgen“', 'Milch für morgen'],
    ['Reise nach 東京', 'Reise nach 東京'],
    ['a\u202eb\u0000c', 'a b c'],
    ['x'.repeat(500), 'x'.repeat(60)],
    ['😀'.repeat(100), '😀'.repeat(60)],
    ['', ''],
    ['"""', ''],
  ])('of %j is %j', (said, title) => expect(titleText(said)).toBe(title));
});
