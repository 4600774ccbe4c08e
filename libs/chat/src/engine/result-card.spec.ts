import { resultCard } from './result-card.js';

describe('the card of a result', () => {
  const tool = { name: 'list_notes', title: 'List notes' };

  it('has the text as it is, markup included', () => {
    expect(resultCard(tool, '<b>Milk</b>')).toEqual({ title: 'List notes', text: '<b>Milk</b>' });
  });

  it('is bounded, says so, and divides no character', () => {
    const { text, isCut } = resultCard(tool, `x${'🥛'.repeat(4_000)}`);
    expect(isCut).toBe(true);
    expect(text).toHaveLength(4_000);
    expect(text.isWellFormed()).toBe(true);
  });
});
