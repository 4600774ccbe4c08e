import { isUtf8 } from 'node:buffer';

/** What the first bytes of a file say of it. */
export interface MediaType {
  readonly mediaType: string;
  /** How the name of such a file ends; the first one is added where none of them is there. */
  readonly endings: readonly string[];
}

interface Signature extends MediaType {
  readonly matches: (bytes: Buffer) => boolean;
}

const PDF_MARK = '%PDF-';

/**
 * The types that are passed on under their name: each is shown by phones, and none of them runs anything there. SVG and HTML are no
 * part of it: they are documents with scripts.
 */
const SIGNATURES: readonly Signature[] = [
  { mediaType: 'image/png', endings: ['.png'], matches: (b) => has(b, 0, '\x89PNG\r\n\x1a\n') },
  {
    mediaType: 'image/jpeg',
    endings: ['.jpg', '.jpeg'],
    matches: (b) => has(b, 0, '\xff\xd8\xff'),
  },
  { mediaType: 'image/gif', endings: ['.gif'], matches: (b) => has(b, 0, 'GIF87a', 'GIF89a') },
  {
    mediaType: 'image/webp',
    endings: ['.webp'],
    matches: (b) => has(b, 0, 'RIFF') && has(b, 8, 'WEBP'),
  },
  { mediaType: 'image/avif', endings: ['.avif'], matches: (b) => has(b, 4, 'ftypavif') },
  {
    mediaType: 'audio/wav',
    endings: ['.wav'],
    matches: (b) => has(b, 0, 'RIFF') && has(b, 8, 'WAVE'),
  },
  {
    mediaType: 'audio/mpeg',
    endings: ['.mp3'],
    matches: (b) => has(b, 0, 'ID3', '\xff\xfb', '\xff\xf3', '\xff\xf2'),
  },
  { mediaType: 'audio/ogg', endings: ['.ogg', '.oga', '.opus'], matches: (b) => has(b, 0, 'OggS') },
  { mediaType: 'audio/flac', endings: ['.flac'], matches: (b) => has(b, 0, 'fLaC') },
  { mediaType: 'audio/mp4', endings: ['.m4a'], matches: (b) => has(b, 4, 'ftypM4A') },
  { mediaType: 'application/pdf', endings: ['.pdf'], matches: (b) => has(b, 0, PDF_MARK) },
];

const PLAIN_TEXT: MediaType = { mediaType: 'text/plain; charset=utf-8', endings: [] };
const UNKNOWN: MediaType = { mediaType: 'application/octet-stream', endings: [] };

/** How much of a text is looked at for a mark of another language. Bytes. */
const LOOKED_AT = 1024;

/** The type of a file by its bytes. A text with markup at its beginning is of no known type. */
export function mediaTypeOf(bytes: Buffer): MediaType {
  const known = SIGNATURES.find(({ matches }) => matches(bytes));
  if (known) return known;
  return isPlainText(bytes) ? PLAIN_TEXT : UNKNOWN;
}

/** SVG, HTML or another document of elements. */
export function isMarkup(bytes: Buffer): boolean {
  return isText(bytes) && /^[\s\ufeff]*</.test(bytes.toString('utf8', 0, LOOKED_AT));
}

function isPlainText(bytes: Buffer): boolean {
  return isText(bytes) && !isMarkup(bytes);
}

function isText(bytes: Buffer): boolean {
  return bytes.length > 0 && isUtf8(bytes) && !bytes.includes(0);
}

function has(bytes: Buffer, at: number, ...marks: string[]): boolean {
  return marks.some((mark) => bytes.toString('latin1', at, at + mark.length) === mark);
}
