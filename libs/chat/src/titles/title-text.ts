/** The longest title that a model gives. Characters. */
const MAX_TITLE_LENGTH = 60;

/** What models put around a title, though they are told not to. */
const AROUND = /^(?:title\s*:|[\s"'“”„«»`*_#:.-])+|[\s"'“”„«»`*_.:-]+$/giu;

/** Control characters, marks of direction and what else is not seen. */
const UNSEEN = /[\p{C}\p{Bidi_Control}]+/gu;

/** The first line of what a model has said, as a title; empty if there is none. */
export function titleText(said: string): string {
  const line = said.trim().split('\n')[0]!.replace(UNSEEN, ' ').replace(AROUND, '');
  return Array.from(line).slice(0, MAX_TITLE_LENGTH).join('').trim();
}
