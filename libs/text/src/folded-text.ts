/** Characters that are shown as nothing: a soft hyphen, joiners, variation selectors. */
const INVISIBLE = /\p{DI}/gu;

/** No-break and ideographic ones, and those of a certain width. */
const SPACES = /\p{Zs}/gu;

/** Letters as wide as a Chinese character, and narrow Katakana. */
const WIDTHS = /[\uff00-\uffef]+/gu;

/**
 * The text in the form in which it is searched: two texts that differ only in upper and lower case, in how their accents
 * are encoded, in width or in invisible characters have the same one. Accents count: in many languages a letter with one
 * is another letter. It is made here, as what the databases know of Unicode differs, and depends on their locale.
 */
export function foldedText(text: string): string {
  return (
    text
      .replace(INVISIBLE, '')
      .replace(SPACES, ' ')
      .replace(WIDTHS, (wide) => wide.normalize('NFKC'))
      .normalize('NFC')
      // To upper case and back, as ß is SS there; before that to lower case, as ẞ is itself there.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      // A sigma at the end of a word is a sigma; the dot that İ leaves behind is no accent.
      .replaceAll('\u03c2', '\u03c3')
      .replaceAll('i\u0307', 'i')
      .normalize('NFC')
  );
}

/** The accents of the Latin, Greek and Cyrillic scripts. The marks of other scripts are a part of their letters. */
const ACCENTS = /[\u0300-\u036f]+/g;

/** The same, and accents and all compatibility forms (NFKC) count nothing: for texts that are found by how they sound. */
export function foldedWithoutAccents(text: string): string {
  return foldedText(text.normalize('NFKD').replace(ACCENTS, '')).normalize('NFKC');
}
