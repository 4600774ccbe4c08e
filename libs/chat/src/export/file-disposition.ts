/** The longest part of a title that becomes the name of a file. Characters. */
const MAX_NAME_LENGTH = 60;

/** What no file system takes in a name, what has a meaning there, and what would make a name look like another one. */
const UNSAFE = /[\p{C}\p{Z}\p{Bidi_Control}/\\:*?"<>|%]+/gu;

/** What a value of RFC 8187 says as it is, beside letters and digits; `encodeURIComponent` leaves some more. */
const UNENCODED = /[!'()*]/g;

/**
 * `Content-Disposition` (RFC 6266) of a file to be kept, never to be shown: the name that a title gives, and a plain one
 * for clients that know no other.
 */
export function fileDisposition(title: string, extension: 'md' | 'json'): string {
  const words = title.toWellFormed().normalize('NFC').replace(UNSAFE, ' ').trim();
  const name = Array.from(words)
    .slice(0, MAX_NAME_LENGTH)
    .join('')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const encoded = encodeURIComponent(`${name || 'conversation'}.${extension}`).replace(
    UNENCODED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="conversation.${extension}"; filename*=UTF-8''${encoded}`;
}
