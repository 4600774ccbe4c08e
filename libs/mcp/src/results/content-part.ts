import { isObject, toJson } from '../json/json-text.js';

/** Longest name, address or media type that a note quotes. Characters. */
const QUOTE_LIMIT = 200;

const DATA_URI = /^data:([^,;]*)[^,]{0,200},/;

/** A part of a result as text, or as a note in brackets of what it is. Undefined for a part that is nothing. */
export function partText(part: unknown): string | undefined {
  if (!isObject(part)) return scalarText(part);
  switch (part.type) {
    case 'text':
      return scalarText(part.text);
    case 'image':
    case 'audio':
      return mediaNote(part.type, part.mimeType, part.data);
    case 'resource_link':
      return note('link', words(part.name) ?? words(part.title), words(part.uri));
    case 'resource':
      return resourceText(resourceOf(part));
    default:
      return typeof part.text === 'string' ? part.text : otherNote(part);
  }
}

/** Whether a part has text of its own, beside which structured content would say the same again. */
export function hasText(part: unknown): boolean {
  const text = isObject(part) ? (part.type === 'resource' ? resourceOf(part) : part).text : part;
  return typeof text === 'string' && text.trim() !== '';
}

/** Some servers write the members of a resource into the part itself. */
function resourceOf(part: Record<string, unknown>): Record<string, unknown> {
  return isObject(part.resource) ? part.resource : part;
}

function scalarText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string'
    ? value
    : (toJson(value) ?? '[a part that is nested too deeply]');
}

function resourceText(resource: Record<string, unknown>): string {
  const { text, blob, mimeType, uri } = resource;
  if (typeof text === 'string') return text;
  return mediaNote('resource', words(mimeType) ?? uri, blob);
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
