import type { MediaType } from './media-type.js';

/** The longest name of a file, and the longest text that is looked at for one. Characters. */
const LONGEST_NAME = 100;
const LONGEST_GIVEN = 2_048;

/** What no file system takes in a name, what has a meaning there, and what would make a name look like another one. */
const UNSAFE = /[\p{C}\p{Z}\p{Bidi_Control}:*?"<>|%]+/gu;

/** Folders are of the machine that the server runs on. */
const FOLDERS = /^.*[/\\]/s;

/**
 * The name of a file, from what a server calls it or where it says that it is. The ending fits the type, so that no
 * phone opens an image as something else.
 *
 * @param given the first that makes a name is taken
 */
export function fileNameOf(given: readonly unknown[], { mediaType, endings }: MediaType): string {
  const name = given.map(cleanName).find((one) => one !== '') ?? plainName(mediaType);
  const lower = name.toLowerCase();
  if (endings.length === 0 || endings.some((ending) => lower.endsWith(ending))) return name;
  return `${name}${endings[0]!}`;
}

function cleanName(given: unknown): string {
  if (typeof given !== 'string' || given.length > LONGEST_GIVEN) return '';
  const words = decoded(given)
    .toWellFormed()
    .normalize('NFC')
    .replace(FOLDERS, '')
    .replace(UNSAFE, ' ');
  const shown = Array.from(words.replace(/^[.\s]+|[.\s]+$/g, ''));
  // The end of a name says what it is.
  return shown.length <= LONGEST_NAME ? shown.join('') : shown.slice(-LONGEST_NAME).join('').trim();
}

/** An address has its name encoded, and perhaps a query behind it. */
function decoded(given: string): string {
  const address = /^[a-z][a-z0-9+.-]+:/i.test(given) ? given.replace(/[?#].*$/s, '') : given;
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

function plainName(mediaType: string): string {
  const [kind] = mediaType.split('/');
  return kind === 'image' || kind === 'audio' ? kind : 'file';
}
