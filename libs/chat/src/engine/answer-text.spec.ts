import { AnswerText, MAX_ANSWER_BYTES } from './answer-text.js';

describe('the text of an answer', () => {
  it('is what was sent of it, however its characters were divided', () => {
    const given = 'a\u0000b👩‍🚀\ud800c\udc00日本é';
    for (const size of [1, 2, 3, 5]) {
      const text = new AnswerText();
      const sent: string[] = [];
      for (let at = 0; at < given.length; at += size)
        sent.push(text.add(given.slice(at, at + size)));
      sent.push(text.end());
      expect(sent.join('')).toBe(text.whole);
      expect(text.whole).toBe('a\ufffdb👩‍🚀\ufffdc\ufffd日本é');
      expect(sent.every((piece) => piece.isWellFormed())).toBe(true);
    }
  });

  it('gives out the first half of a character that has no second one', () => {
    const text = new AnswerText();
    expect(text.add('a\ud83d')).toBe('a');
    expect(text.end()).toBe('\ufffd');
    expect(text.whole).toBe('a\ufffd');
  });

  it('refuses what would make it too long, and keeps what was there', () => {
    const text = new AnswerText();
    const half = 'é'.repeat(MAX_ANSWER_BYTES / 4);
    text.add(half);
    text.add(half);
    expect(() => text.add('x')).toThrow(expect.objectContaining({ code: 'answer_too_large' }));
    expect(text.whole).toBe(half + half);
  });
});
