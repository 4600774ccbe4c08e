/** The longest part of a name before its ending. Characters. */
const MAX_NAME_LENGTH = 60;

/** What no file system takes in a name, what has a meaning there, and what would make a name look like another one. */
const UNSAFE = /[\p{C}\p{Z}\p{Bidi_Control}/\\:*?"<>|%]+/gu;

/** What a value of RFC 8187 says as it is, beside letters and digits; `encodeURIComponent` leaves some more. */
const UNENCODED = /[!'()*]/g;

/** The name of a file. */
export interface FileName {
  /** As a person reads it, without its ending. */
  readonly title: string;
  /** For a title of which nothing is left, and for clients that know plain names only. */
  readonly plain: string;
  /** Letters and digits. */
  readonly extension: string;
}

/** `Content-Disposition` (RFC 6266): whether a file is kept or may be shown, and its name, also as a plain one. */
export function fileDisposition(
  type: 'attachment' | 'inline',
  { title, plain, extension }: FileName,
): string {
  const words = title.toWellFormed().normalize('NFC').replace(UNSAFE, ' ').trim();
  const name = Array.from(words)
    .slice(0, MAX_NAME_LENGTH)
    .join('')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const ending = extension === '' ? '' : `.${extension}`;
  const encoded = encodeURIComponent(`${name || plain}${ending}`).replace(
    UNENCODED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${type}; filename="${plain}${ending}"; filename*=UTF-8''${encoded}`;
}
