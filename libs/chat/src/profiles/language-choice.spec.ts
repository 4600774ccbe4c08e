import { LanguageChoice } from './language-choice.js';

const AVAILABLE = ['en', 'de', 'pt-BR'] as const;

function choose(wanted: string | undefined, vary?: string) {
  const headers: Record<string, unknown> = { Vary: vary };
  const reply = {
    getHeader: (name: string) => headers[name],
    header: (name: string, value: unknown) => (headers[name] = value),
  };
  const choice = new LanguageChoice(wanted, reply as never);
  return { language: choice.among([...AVAILABLE]), choice, headers };
}

describe('the language of an answer', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['de', 'de'],
    ['DE-at, en;q=0.5', 'de'],
    ['ja, de;q=0.3, en;q=0.2', 'de'],
    ['pt', 'pt-BR'],
    ['pt-PT, pt;q=0.9', 'pt-BR'],
    ['ja', 'en'],
    ['de;q=0', 'en'],
    ['en;q=0, de;q=0.1', 'de'],
    [';;q=,,=;', 'en'],
    ['de;q=banana, \u00ff', 'en'],
    [`${'x-'.repeat(4_000)}`, 'en'],
    ['de,'.repeat(3_000), 'de'],
    [`${'ja,'.repeat(3_000)}de`, 'en'],
  ])('for %j is %s', (wanted, language) => {
    expect(choose(wanted).language).toBe(language);
  });

  it('is told, with what it depends on', () => {
    const { choice, headers } = choose('de', 'Origin');
    expect(headers).toEqual({ 'Content-Language': 'de', Vary: 'Origin, Accept-Language' });
    choice.among(['fr']);
    expect(headers['Content-Language']).toBe('de, fr');
  });
});
