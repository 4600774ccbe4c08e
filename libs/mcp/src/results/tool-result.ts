import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { McpError } from '../mcp.error.js';
import type { McpToolResult } from '../targets/mcp-target.js';
import { cleanText } from './clean-text.js';

/** Longest name, address or media type that a note quotes. Characters. */
const QUOTE_LIMIT = 200;

/**
 * Turns what a server returned into text: text parts as they are, anything else as a short note in brackets, and the
 * structured content only where there is no text.
 *
 * @param maxBytes most bytes of UTF-8 that the text may have
 * @throws McpError `mcp_result_too_large`: a cut result would look like a whole one
 */
export function toToolResult(result: CallToolResult, maxBytes: number): McpToolResult {
  const parts = result.content.map(partText);
  if (result.structuredContent !== undefined && !result.content.some(hasText)) {
    parts.unshift(JSON.stringify(result.structuredContent));
  }
  return boundedResult(parts.join('\n'), result.isError === true, maxBytes);
}

/** A refusal that the server expressed as an error of the protocol, such as for arguments it does not accept. */
export function toRefusal(message: string, maxBytes: number): McpToolResult {
  return boundedResult(message, true, maxBytes);
}

function boundedResult(raw: string, isError: boolean, maxBytes: number): McpToolResult {
  const text = cleanText(raw);
  if (Buffer.byteLength(text) > maxBytes) throw new McpError('mcp_result_too_large');
  return { text, isError };
}

function hasText(part: ContentBlock): boolean {
  return part.type === 'text' || (part.type === 'resource' && 'text' in part.resource);
}

function partText(part: ContentBlock): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
    case 'audio':
      return `[${part.type} ${quote(part.mimeType)}, ${size(part.data)}]`;
    case 'resource_link':
      return `[link ${quote(part.name)} ${quote(part.uri)}]`;
    case 'resource':
      return 'text' in part.resource
        ? part.resource.text
        : `[resource ${quote(part.resource.mimeType ?? part.resource.uri)}, ${size(part.resource.blob)}]`;
  }
}

function quote(text: string): string {
  return text.replaceAll('\n', ' ').slice(0, QUOTE_LIMIT);
}

function size(base64: string): string {
  const bytes = Buffer.byteLength(base64, 'base64');
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`;
}
