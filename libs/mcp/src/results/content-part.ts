import type { McpFile } from '../files/mcp-file.js';
import { readFilePart } from '../files/read-file-part.js';
import { isObject, toJson } from '../json/json-text.js';

/** Longest name, address or media type that a note quotes. Characters. */
const QUOTE_LIMIT = 200;

/** The longest address that a file is read from. Characters. */
const LONGEST_ADDRESS = 2_048;

/** How deep lists of parts may lie in each other. */
const MAX_NESTED = 4;

const DATA_URI = /^data:([^,;]{0,200})[^,]{0,200},/;

/** What a part of a result is for people and models. */
export interface ReadPart {
  /** Its text, or a note in brackets of what it is; absent for a part that is nothing. */
  readonly text?: string | undefined;
  readonly file?: McpFile | undefined;
  /** Where its server has a file that it points to. */
  readonly link?: FileLink | undefined;
  /** The only one that the server means it for; absent for both. */
  readonly only?: 'user' | 'assistant' | undefined;
}

/** A file that a server has, and can be asked for. */
export interface FileLink {
  readonly uri: string;
  readonly names: readonly unknown[];
}

export function readPart(part: unknown): ReadPart {
  if (!isObject(part)) return { text: scalarText(part) };
  const only = audienceOf(part);
  const { text, ...shown } = contentOf(part);
  // What the person is not to see is no file for them, and a model is told what it is.
  return only === 'assistant' ? { text, only } : { text, ...shown, only };
}

/** Whether a part has text of its own, beside which structured content would say the same again. */
export function hasText(part: unknown): boolean {
  const text = isObject(part) ? (part.type === 'resource' ? resourceOf(part) : part).text : part;
  return typeof text === 'string' && text.trim() !== '';
}

function contentOf(part: Record<string, unknown>): ReadPart {
  switch (part.type) {
    case 'text':
      return { text: scalarText(part.text ?? part.content ?? part.value) };
    case 'json':
      return { text: scalarText(part.json ?? part.data ?? part.text) };
    case 'image':
    case 'image_url':
    case 'audio':
      return readMedia(part.type.replace('_url', ''), part);
    case 'resource_link':
      return {
        text: note('link', words(part.name) ?? words(part.title), words(part.uri)),
        link: linkOf(part),
      };
    case 'resource':
      return readResource(resourceOf(part));
    default:
      return { text: typeof part.text === 'string' ? part.text : otherNote(part) };
  }
}

/** As MCP has it, or as an API of a language model does: within a source, or as the address of a data URI. */
function readMedia(kind: string, part: Record<string, unknown>): ReadPart {
  const { data, ...given } = isObject(part.source) ? part.source : part;
  const address = isObject(part.image_url) ? part.image_url.url : (part.image_url ?? given.url);
  const isWithin = typeof address === 'string' && DATA_URI.test(address);
  const bytes = data ?? (isWithin ? address : undefined);
  const type = given.mimeType ?? given.mime_type ?? given.media_type;
  const elsewhere = isWithin || bytes !== undefined ? undefined : words(address);
  return {
    text: elsewhere === undefined ? mediaNote(kind, type, bytes) : note(kind, elsewhere),
    file: readFilePart({ data: bytes, names: [part.name, part.title], isMedia: true }),
  };
}

/** Some servers write the members of a resource into the part itself, or several resources into one. */
function resourceOf(part: Record<string, unknown>): Record<string, unknown> {
  const given = part.resource ?? part.contents;
  const resource: unknown = Array.isArray(given) ? given[0] : given;
  return isObject(resource) ? resource : part;
}

/** The parts of a list, in which a server may have put lists, or several resources as one part. */
export function partsOf(content: readonly unknown[]): unknown[] {
  return content.flat(MAX_NESTED).flatMap((part) => {
    if (!isObject(part) || part.type !== 'resource') return [part];
    const { resource, contents, ...others } = part;
    const several = resource ?? contents;
    return Array.isArray(several)
      ? several.map((one: unknown) => ({ ...others, resource: one }))
      : [part];
  });
}

function scalarText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string'
    ? value
    : (toJson(value) ?? '[a part that is nested too deeply]');
}

function readResource({
  text,
  blob,
  mimeType,
  uri,
  name,
  title,
}: Record<string, unknown>): ReadPart {
  const hasBytes = typeof blob === 'string' && blob !== '';
  if (typeof text === 'string' && (text !== '' || !hasBytes)) return { text };
  if (typeof text === 'number' || isObject(text)) return { text: scalarText(text) };
  return {
    text: mediaNote('resource', words(mimeType) ?? uri, blob),
    file: readFilePart({ data: blob, names: [name, uri, title], isMedia: false }),
  };
}

function linkOf({ uri, name, title }: Record<string, unknown>): FileLink | undefined {
  if (typeof uri !== 'string' || uri === '' || uri.length > LONGEST_ADDRESS) return undefined;
  return { uri, names: [name, uri, title] };
}

/** What is meant for neither, or in a word that is not known, is for both. */
function audienceOf(part: Record<string, unknown>): ReadPart['only'] {
  const own = isObject(part.annotations) ? part.annotations : undefined;
  const inner = isObject(part.resource) ? part.resource.annotations : undefined;
  const { audience } = own ?? (isObject(inner) ? inner : {});
  const given = (Array.isArray(audience) ? audience : [audience]).filter(
    (one) => one === 'user' || one === 'assistant',
  );
  return new Set(given).size === 1 ? given[0] : undefined;
}

function mediaNote(kind: string, mimeType: unknown, data: unknown): string {
  if (typeof data !== 'string') return note(kind, words(mimeType));
  const [prefix = '', fromUri] = DATA_URI.exec(data) ?? [];
  const bytes = Buffer.byteLength(data.slice(prefix.length), 'base64');
  const size = bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`;
  const type = words(mimeType) ?? words(fromUri);
  return `${note(kind, type).slice(0, -1)}, ${size}]`;
}

/** A part of a kind that is not known here: that there is one, and where it points. */
function otherNote({ type, name, uri, mimeType }: Record<string, unknown>): string {
  return note(words(type) ?? 'unknown part', words(name), words(mimeType), words(uri));
}

function note(...given: (string | undefined)[]): string {
  return `[${given.filter((word) => word !== undefined).join(' ')}]`;
}

function words(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return value.replaceAll(/\s/g, ' ').slice(0, QUOTE_LIMIT);
}
