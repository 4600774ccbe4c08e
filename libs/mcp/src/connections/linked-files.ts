import { fileOf, readFilePart } from '../files/read-file-part.js';
import type { McpFile } from '../files/mcp-file.js';
import { isObject } from '../json/json-text.js';
import type { FileLink, ReadPart } from '../results/content-part.js';
import { MAX_FILES_BYTES } from '../results/result-files.js';
import type { ReadResult } from '../results/tool-result.js';
import { NO_TIMEOUT_MS } from '../transports/transport-limits.js';

/** The most links of one result that are read, and the longest time for all of them. Milliseconds. */
const MAX_LINKS = 8;
const LINKS_MS = 5_000;

/** What lies in the web is for the person to open: its server would be told of them, and we would fetch for it. */
const OF_THE_WEB = /^https?:/i;

/** Asks the server for what it has at an address of its own. */
export type ReadResource = (
  params: { uri: string },
  options: { signal: AbortSignal; timeout: number },
) => Promise<unknown>;

/**
 * Has the server that gave a result read what it points to, at once and over the same connection: so the address has
 * been named by this very result, and none has to be kept. They are read one after the other, since each can be as large as a
 * message. One that cannot be read stays a note.
 */
export async function withLinkedFiles(
  result: ReadResult,
  signal: AbortSignal,
  read: ReadResource,
): Promise<ReadResult> {
  if (!result.parts.some(isReadable)) return result;
  const within = AbortSignal.any([signal, AbortSignal.timeout(LINKS_MS)]);
  const parts: ReadPart[] = [];
  let [links, bytes] = [0, 0];
  for (const part of result.parts) {
    const isRead = isReadable(part) && links < MAX_LINKS && bytes < MAX_FILES_BYTES;
    if (isRead) links += 1;
    const file = isRead ? await linkedFile(part.link, within, read) : part.file;
    bytes += file?.bytes.length ?? 0;
    parts.push({ ...part, file });
  }
  return { ...result, parts };
}

function isReadable(part: ReadPart): part is ReadPart & { readonly link: FileLink } {
  return part.link !== undefined && !OF_THE_WEB.test(part.link.uri);
}

async function linkedFile(
  { uri, names }: FileLink,
  signal: AbortSignal,
  read: ReadResource,
): Promise<McpFile | undefined> {
  try {
    signal.throwIfAborted();
    const given = await read({ uri }, { signal, timeout: NO_TIMEOUT_MS });
    const contents = isObject(given) ? given.contents : undefined;
    for (const content of Array.isArray(contents) ? contents : [contents]) {
      const file = isObject(content) ? fileIn(content, names) : undefined;
      if (file) return file;
    }
  } catch {
    // The result is there, and says what it points to.
  }
  return undefined;
}

function fileIn(
  { text, blob }: Record<string, unknown>,
  names: readonly unknown[],
): McpFile | undefined {
  if (typeof text === 'string' && text !== '')
    return fileOf(Buffer.from(text.toWellFormed()), names);
  return readFilePart({ data: blob, names, isMedia: false });
}
