import { isObject, toJson } from '../json/json-text.js';
import { McpError } from '../mcp.error.js';
import type { McpToolResult } from '../targets/mcp-target.js';
import { cleanText } from './clean-text.js';
import { hidePaths } from './hide-paths.js';
import { partText, hasText } from './content-part.js';

/** Said for a tool that failed and gave no reason, as an empty text would pass for a success. */
const FAILED_WITHOUT_WORDS = 'The tool failed, and did not say why.';

/** A text that says no. */
const NO = /^\s*(?:|false|no|0|null)\s*$/i;

/** Members that are about a result, and not its content. */
const ABOUT_RESULT = new Set(['_meta', 'isError', 'is_error', 'resultType', 'structuredContent']);

/**
 * Turns what a server returned into text: text parts as they are, anything else as a short note in brackets, and the
 * structured content only where there is no text. When a result comes the tool has acted, so that nothing in it makes
 * it an error of the protocol: what is not understood is noted.
 */
export function readToolResult(given: unknown): McpToolResult {
  if (!isObject(given))
    return { text: textOf(Array.isArray(given) ? given : [given]), isError: false };
  const { content, structuredContent } = given;
  const parts = contentOf(content);
  const lines = parts.map(partText).filter((line) => line !== undefined);
  const structured = parts.some(hasText)
    ? undefined
    : structuredText(structuredContent ?? othersOf(given));
  const shown =
    structured === undefined ? lines : [structured, ...lines.filter((line) => line.trim() !== '')];
  return {
    text: shown.join('\n'),
    isError: isFailure(given),
  };
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
  return typeof value === 'string' ? NO.test(value) : !value;
}

/**
 * @param maxBytes most bytes of UTF-8 that the text may have
 * @throws McpError `mcp_result_too_large`: a cut result would look like a whole one
 */
export function toToolResult(given: unknown, maxBytes: number): McpToolResult {
  const { text, isError } = readToolResult(given);
  return isError ? toRefusal(text, maxBytes) : boundedResult(text, false, maxBytes);
}

/**
 * A failure of the tool: one that it reports, or a refusal that the server expressed as an error of the protocol, such as
 * for arguments it does not accept. Without paths, which may be those of our machine.
 */
export function toRefusal(words: string, maxBytes: number): McpToolResult {
  const text = hidePaths(words.trim());
  return boundedResult(text === '' ? FAILED_WITHOUT_WORDS : text, true, maxBytes);
}

function boundedResult(raw: string, isError: boolean, maxBytes: number): McpToolResult {
  const text = cleanText(raw);
  if (Buffer.byteLength(text) > maxBytes) throw new McpError('mcp_result_too_large');
  return { text, isError };
}

function contentOf(content: unknown): unknown[] {
  if (content === undefined || content === null) return [];
  return Array.isArray(content) ? content : [content];
}

function textOf(parts: readonly unknown[]): string {
  return parts
    .map(partText)
    .filter((line) => line !== undefined)
    .join('\n');
}

function structuredText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return toJson(value) ?? '[a result that is nested too deeply]';
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
