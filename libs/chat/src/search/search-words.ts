import { foldedWithoutAccents } from '@app/text';

/** A word of a text, as it is searched, and where it stands in the text. */
export interface FoundWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** The longest word that is told from longer ones. UTF-16 units. */
const MAX_WORD_LENGTH = 64;

/** A shorter one is searched as a whole word. UTF-16 units. */
const LEAST_BEGINNING = 2;

/** Scripts that are written without spaces between words, and Hangul, whose words end in particles. */
const UNSPACED = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\u30fc]`;
/** Within a run of these an invisible character is where a line may be broken, or selects a form of the one before it. */
const WORDS = new RegExp(
  String.raw`(${UNSPACED}[${UNSPACED}\p{Default_Ignorable_Code_Point}]*)|[[\p{L}\p{N}\p{M}\p{Default_Ignorable_Code_Point}]--${UNSPACED}]+`,
  'gv',
);
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const NO_PART_OF_A_WORD = /[^\p{L}\p{N}\p{M}]+/gu;

/**
 * The words of a text. Where a script has none that can be told apart, each character is a word, and so is each pair of
 * neighbours: what is searched is then found by its pairs.
 *
 * @param text in a form that is composed already; see `searchedForm`
 */
export function* wordsOf(text: string): Generator<FoundWord> {
  for (const { 0: run, 1: unspaced, index: start } of text.matchAll(WORDS)) {
    if (unspaced === undefined) yield* found(folded(run), start, start + run.length);
    else yield* charactersAndPairs(unspaced, start);
  }
}

/** What is searched: words that have to be in what is found, and the beginning of one more. */
export interface SearchedWords {
  readonly whole: readonly string[];
  readonly beginning: string | undefined;
}

/** The last word may be typed only in part, unless its script has no words that can be told apart. */
export function searchedWords(text: string): SearchedWords {
  const whole = new Set<string>();
  let beginning: string | undefined;
  for (const { 0: run, 1: unspaced } of searchedForm(text).matchAll(WORDS)) {
    if (beginning !== undefined) whole.add(beginning);
    beginning = undefined;
    if (unspaced !== undefined) for (const word of pairsOrCharacter(unspaced)) whole.add(word);
    else beginning = folded(run);
  }
  if (beginning === undefined || beginning.length >= LEAST_BEGINNING) {
    return { whole: [...whole], beginning };
  }
  return { whole: [...whole, beginning], beginning: undefined };
}

/** Whether a word of a text is one of those that are searched. */
export function isSearched(word: string, { whole, beginning }: SearchedWords): boolean {
  return whole.includes(word) || (beginning !== undefined && word.startsWith(beginning));
}

/** The text as its words are looked for in it: of the same length for nearly every text. */
export function searchedForm(text: string): string {
  return text.normalize('NFKC');
}

function* found(word: string | undefined, start: number, end: number): Generator<FoundWord> {
  if (word !== undefined) yield { word, start, end };
}

/** The word of a part of a text; nothing for one that has neither letters nor digits. */
function folded(text: string): string | undefined {
  return wordIn(foldedWithoutAccents(text));
}

function wordIn(text: string): string | undefined {
  const word = text.replace(NO_PART_OF_A_WORD, '').slice(0, MAX_WORD_LENGTH).toWellFormed();
  return word === '' ? undefined : word;
}

function* charactersAndPairs(run: string, offset: number): Generator<FoundWord> {
  const wordOf = wordsWithin(run.replace(INVISIBLE, ''));
  let before: { readonly at: number; readonly start: number } | undefined;
  let [at, start] = [0, offset];
  for (const character of run) {
    const end = start + character.length;
    if (character.search(INVISIBLE) < 0) {
      const next = at + character.length;
      yield* found(wordOf(at, next), start, end);
      if (before) yield* found(wordOf(before.at, next), before.start, end);
      before = { at, start };
      at = next;
    }
    start = end;
  }
}

/**
 * The words of parts of a run. It is folded once where that leaves each character in its place, as in nearly every text:
 * a long message would take fifty times as long character by character.
 */
function wordsWithin(run: string): (from: number, to: number) => string | undefined {
  const whole = foldedWithoutAccents(run);
  return whole.length === run.length
    ? (from, to) => wordIn(whole.slice(from, to))
    : (from, to) => folded(run.slice(from, to));
}

function* pairsOrCharacter(run: string): Generator<string> {
  const characters = Array.from(run.replace(INVISIBLE, ''));
  const parts =
    characters.length === 1
      ? characters
      : characters.slice(1).map((character, n) => characters[n]! + character);
  for (const part of parts) {
    const word = folded(part);
    if (word !== undefined) yield word;
  }
}
