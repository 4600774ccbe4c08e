import { isObject, toJson } from '../json/json-text.js';
import { McpError } from '../mcp.error.js';
import type { McpToolResult } from '../targets/mcp-target.js';
import { cleanText } from './clean-text.js';
import { hidePaths } from './hide-paths.js';
import { hasText, partsOf, readPart, type ReadPart } from './content-part.js';
import { withinBounds } from './result-files.js';

/** Said for a tool that failed and gave no reason, as an empty text would pass for a success. */
const FAILED_WITHOUT_WORDS = 'The tool failed, and did not say why.';

/** Told to a model of a result of which it is not to know more. */
const FOR_THE_PERSON = '[This is for the person alone, who sees it.]';

/** A text that says no. */
const NO = /^(?:|false|no|0|null)$/i;

/** Members that are about a result, and not its content. */
const ABOUT_RESULT = new Set(['_meta', 'isError', 'is_error', 'resultType', 'structuredContent']);

/** A result as its server gave it, part by part. */
export interface ReadResult {
  readonly parts: readonly ReadPart[];
  readonly isError: boolean;
  /** What has to fit the output schema of the tool; absent where there is none. */
  readonly structured?: unknown;
}

/**
 * Reads what a server returned: text parts as they are, files as files, anything else as a short note in brackets, and
 * the structured content as text only where there is no text. When a result comes the tool has acted, so that nothing in
 * it makes it an error of the protocol: what is not understood is noted.
 */
export function readToolResult(given: unknown): ReadResult {
  if (!isObject(given)) {
    return { parts: partsOf([given]).map(readPart), isError: false };
  }
  const { structuredContent } = given;
  const content = contentOf(given.content);
  const parts = content.map(readPart);
  const structured = content.some(hasText)
    ? undefined
    : structuredText(structuredContent ?? othersOf(given));
  return {
    parts:
      structured === undefined
        ? parts
        : [{ text: structured }, ...parts.filter(({ text, file }) => file ?? text?.trim())],
    isError: isFailure(given),
    ...(structuredContent !== undefined &&
      structuredContent !== null && { structured: structuredContent }),
  };
}

/**
 * What people and models are told of a result.
 *
 * @param maxBytes most bytes of UTF-8 that the text may have
 * @throws McpError `mcp_result_too_large`: a cut result would look like a whole one
 */
export function toToolResult(
  { parts, isError, structured }: ReadResult,
  maxBytes: number,
): McpToolResult {
  const shown = withinBounds(parts);
  const files = shown.flatMap(({ file }) => file ?? []);
  const text = textOf(shown.filter(({ only }) => only !== 'assistant').map(withoutFile));
  const forModel = textOf(shown.filter(({ only }) => only !== 'user').map(withNoteOfFile));
  const isPrivate = forModel === '' && (text !== '' || files.length > 0);
  const modelText = isPrivate ? FOR_THE_PERSON : forModel;
  const said = isError ? toRefusal(text, maxBytes) : boundedResult(text, maxBytes);
  const told = isError ? toRefusal(modelText, maxBytes) : boundedResult(modelText, maxBytes);
  return {
    text: said.text,
    isError,
    ...(told.text !== said.text && { modelText: told.text }),
    ...(shown.some(isPrivateText) && { isPartlyPrivate: true }),
    ...(files.length > 0 && { files }),
    ...(structured !== undefined && { structured }),
  };
}

/**
 * A failure of the tool: one that it reports, or a refusal that the server expressed as an error of the protocol, such as
 * for arguments it does not accept. Without paths, which may be those of our machine.
 */
export function toRefusal(words: string, maxBytes: number): McpToolResult {
  const text = hidePaths(words.trim());
  const { text: shown } = boundedResult(text === '' ? FAILED_WITHOUT_WORDS : text, maxBytes);
  return { text: shown, isError: true };
}

function boundedResult(raw: string, maxBytes: number): McpToolResult {
  const text = cleanText(raw);
  if (Buffer.byteLength(text) > maxBytes) throw new McpError('mcp_result_too_large');
  return { text, isError: false };
}

function textOf(lines: readonly (string | undefined)[]): string {
  return lines.filter((line) => line !== undefined).join('\n');
}

function isPrivateText({ only, text, file }: ReadPart): boolean {
  return only === 'user' && !file && Boolean(text?.trim());
}

/** The person sees the file. */
function withoutFile({ text, file }: ReadPart): string | undefined {
  return file ? undefined : text;
}

/** A model does not see it, and has to know that the person does. */
function withNoteOfFile({ text, file }: ReadPart): string | undefined {
  if (!file) return text;
  return `[${file.mediaType.split(';')[0]} "${file.name}", shown to the person]`;
}

/**
 * A failed tool must not pass for one that worked: what is not clearly a no is a failure, however the server spells it. So
 * is a result that is nothing but an error.
 */
function isFailure({ isError, is_error: alias, content, error }: Record<string, unknown>): boolean {
  return !isNo(isError ?? alias) || ((content ?? undefined) === undefined && !isNo(error));
}

/** Nothing, or false as a value, a number or a word. */
function isNo(value: unknown): boolean {
  return typeof value === 'string' ? NO.test(value.trim()) : !value;
}

function contentOf(content: unknown): unknown[] {
  if (content === undefined || content === null) return [];
  return partsOf([content]);
}

function structuredText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return toJson(value) ?? '[a result that is nested too deeply]';
}

/** Where a result that has been read lies in one that the SDK lets through: it would refuse the whole for one odd member. */
const READ_RESULT = 'gateway/read-result';

/** The result in the form that the SDK accepts, which no server can write itself. */
export function carriedResult(read: ReadResult): Record<string, unknown> {
  return { content: [], isError: read.isError, _meta: { [READ_RESULT]: read } };
}

/** The result in what the SDK has let through. That of a server within this process comes as it was given. */
export function resultIn(carried: unknown): ReadResult {
  const meta = isObject(carried) && isObject(carried._meta) ? carried._meta : {};
  return (meta[READ_RESULT] as ReadResult | undefined) ?? readToolResult(carried);
}

/** What stands in the place of content, such as the `toolResult` of 2024, where a server gave none. */
function othersOf(result: Record<string, unknown>): unknown {
  if ('content' in result) return undefined;
  const others = Object.entries(result).filter(([name]) => !ABOUT_RESULT.has(name));
  if (others.length === 0) return undefined;
  const [[name, value]] = others as [[string, unknown]];
  if (others.length > 1) return Object.fromEntries(others);
  if (name === 'error')
    return isObject(value) && typeof value.message === 'string' ? value.message : value;
  return name === 'toolResult' ? value : { [name]: value };
}
