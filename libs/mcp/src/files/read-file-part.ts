import { fileNameOf } from './file-name.js';
import { imageSizeOf } from './image-size.js';
import type { McpFile } from './mcp-file.js';
import { isMarkup, mediaTypeOf } from './media-type.js';

const DATA_URI = /^data:[^,]{0,300},/;

/** What is in no base64 of either alphabet, padded or not, in lines or not. */
const NOT_BASE64 = /[^\w+/=\s-]/;

/** What a server says of a file that it hands over. */
export interface GivenFile {
  /** As base64. */
  readonly data: unknown;
  /** What it is called, the likeliest first. */
  readonly names: readonly unknown[];
  /** Whether it has to be shown or played: bytes that are neither are garbage then. */
  readonly isMedia: boolean;
}

/** The file in a part of a result; undefined if there is none, or nothing that can be understood. */
export function readFilePart({ data, names, isMedia }: GivenFile): McpFile | undefined {
  if (typeof data !== 'string') return undefined;
  const base64 = data.slice(DATA_URI.exec(data)?.[0].length ?? 0);
  const bytes = Buffer.from(base64, 'base64');
  // What is not in the alphabet has been passed over.
  const isClean = bytes.length === Buffer.byteLength(base64, 'base64');
  if (bytes.length === 0 || (!isClean && NOT_BASE64.test(base64))) return undefined;
  return isMedia && !isShown(bytes) ? undefined : fileOf(bytes, names);
}

export function fileOf(bytes: Buffer, names: readonly unknown[]): McpFile {
  const type = mediaTypeOf(bytes);
  const { mediaType } = type;
  return {
    name: fileNameOf(names, type),
    mediaType,
    bytes,
    ...imageSizeOf(mediaType, bytes),
  };
}

/** A document with scripts, such as SVG, is meant to be shown, too: it can be had as a file. */
function isShown(bytes: Buffer): boolean {
  return /^(?:image|audio)\//.test(mediaTypeOf(bytes).mediaType) || isMarkup(bytes);
}
