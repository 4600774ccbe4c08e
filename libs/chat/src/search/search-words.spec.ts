import { isSearched, searchedForm, searchedWords, wordsOf } from './search-words.js';
import { snippetOf } from './snippet.js';

/** Whether a search for the first text finds the second one. */
function finds(query: string, text: string): boolean {
  const { whole, beginning } = searchedWords(query);
  const words = [...wordsOf(searchedForm(text))].map(({ word }) => word);
  return (
    whole.every((word) => words.includes(word)) &&
    (beginning === undefined || words.some((word) => word.startsWith(beginning)))
  );
}

describe('a search', () => {
  it.each([
    ['milk', 'Buy MILK!'],
    ['mil', 'Buy milk'],
    ['milk buy', 'Buy 2 litres of milk'],
    ['cafe', 'un café'],
    ['CAFÉ', 'un cafe\u0301'],
    ['strasse', 'Lange Straße'],
    ['οδος', 'ΟΔΌΣ'],
    ['istanbul', '\u0130stanbul'],
    ['schifffahrt', 'Schiff\u00adfahrt'],
    ['file', 'ﬁle'],
    ['2026', '２０２６年'],
    ['дом', 'Мой ДОМ.'],
    ['東京', '明日は東京都へ行く'],
    ['京', '東京'],
    ['ガス', '大阪ｶﾞｽ'],
    ['らーめん', 'うまいらーめん'],
    ['东京塔', '我想去东京塔看看'],
    ['서울', '서울에서 만나요'],
    ['กาแฟ', 'ฉันชอบกาแฟ'],
    ['กินข้าว', 'กิน\u200bข้าว'],
    ['กิน\u200bข้าว', 'กินข้าว'],
    ['葛城', '葛\u{e0100}城'],
    ['葛\u{e0100}城', '葛城'],
    ['tokyo 東', 'Tokyo(東京)'],
    ["don't", 'I don’t know'],
    ['naïve résumé', 'a RESUME that is naive'],
  ])('for %s finds %s', (query, text) => expect(finds(query, text)).toBe(true));

  it.each([
    ['ilk', 'milk'],
    ['m', 'milk'],
    ['mil buy', 'Buy milk'],
    ['milk bread', 'milk'],
    ['京東', '東京'],
    ['カス', 'ガス'],
    ['कम', 'किम'],
  ])('for %s does not find %s', (query, text) => expect(finds(query, text)).toBe(false));

  it.each(['', ' ', '!?', '\u200b', '😀', '%', '_', "'", '"'])('for %j has no words', (query) =>
    expect(searchedWords(query)).toEqual({ whole: [], beginning: undefined }),
  );

  it('has only words that need no quotes, whatever it is for', () => {
    for (let code = 1; code <= 0xff_ff; code += 1) {
      if (code >= 0xd8_00 && code <= 0xdf_ff) continue;
      const { whole, beginning } = searchedWords(`a${String.fromCodePoint(code)}b`);
      for (const word of [...whole, beginning ?? 'b'])
        expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
    }
  });

  it('has the same words for a long text as for its parts', () => {
    const unspaced =
      /^[[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Khmr}\p{sc=Mymr}]--\p{DI}]$/v;
    const found: string[] = [];
    for (let code = 0; code <= 0x3_ff_ff; code += 1) {
      const character = String.fromCodePoint(code);
      if (unspaced.test(character)) found.push(character);
    }
    const text = searchedForm(found.join(''));
    const characters = Array.from(text);
    const pairs = characters.slice(1).map((character, n) => characters[n]! + character);
    expect(pairs.length).toBeGreaterThan(100_000);
    const of = (part: string) => [...wordsOf(part)].map(({ word }) => word);
    expect(new Set(of(text))).toEqual(new Set(pairs.flatMap(of)));
  });

  it('takes a word that never ends for the beginning of it', () => {
    expect(finds('x'.repeat(100), 'x'.repeat(5_000))).toBe(true);
    expect(isSearched('𝄞'.repeat(40), searchedWords('𝄞'))).toBe(false);
  });
});

describe('a snippet', () => {
  const of = (query: string, text: string) => snippetOf(text, searchedWords(query));

  it('has the first hit as it was written, and what stands around it', () => {
    expect(of('cafe', 'We met in a\ncafe\u0301, then  left')).toEqual({
      before: 'We met in a ',
      hit: 'café',
      after: ', then left',
    });
    expect(of('東京', 'また東京都で')).toEqual({ before: 'また', hit: '東京', after: '都で' });
    expect(of('กินข้าว', 'ไป กิน\u200bข้าว')).toMatchObject({ before: 'ไป ', hit: 'กิ' });
    expect(of('mil', 'Milky way')).toEqual({ before: '', hit: 'Milky', after: ' way' });
  });

  it('is cut between characters', () => {
    const { before, hit, after } = of('here', `${'😀'.repeat(50)} here ${'😀'.repeat(100)}`);
    expect([hit, before.isWellFormed(), after.isWellFormed()]).toEqual(['here', true, true]);
    expect(before).toMatch(/^…😀+ $/u);
    expect(after).toMatch(/^ 😀+…$/u);
  });

  it('is the beginning of a text where only its end was found', () => {
    expect(of('milk', 'nothing of it')).toEqual({ before: '', hit: '', after: 'nothing of it' });
  });
});
