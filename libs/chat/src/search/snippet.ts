import { isSearched, searchedForm, type SearchedWords, wordsOf } from './search-words.js';

/** How much of a text is shown around a hit. Characters. */
const SHOWN_BEFORE = 40;
const SHOWN_AFTER = 120;

/** A part of a text, with the first word in it that was searched. */
export interface Snippet {
  readonly before: string;
  readonly hit: string;
  readonly after: string;
}

/** The beginning of the text where none of its words was searched. */
export function snippetOf(content: string, words: SearchedWords): Snippet {
  const form = searchedForm(content);
  // What stands where in both of them is the same in nearly every text. Else the form is what is shown.
  const text = form.length === content.length ? content : form;
  let [start, end] = [0, 0];
  for (const found of wordsOf(form)) {
    if (!isSearched(found.word, words)) continue;
    ({ start, end } = found);
    break;
  }
  const from = Math.max(0, start - SHOWN_BEFORE);
  return {
    before: shown(text.slice(from, start), from > 0, false),
    hit: text.slice(start, end),
    after: shown(text.slice(end, end + SHOWN_AFTER), false, end + SHOWN_AFTER < text.length),
  };
}

/** In one line, and without half a character at its ends. */
function shown(text: string, isCutBefore: boolean, isCutAfter: boolean): string {
  const whole = text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '').replace(/\s+/g, ' ');
  return `${isCutBefore ? '…' : ''}${whole}${isCutAfter ? '…' : ''}`;
}
