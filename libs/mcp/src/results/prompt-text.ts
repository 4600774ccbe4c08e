import { isObject } from '../json/json-text.js';
import { McpError } from '../mcp.error.js';
import type { McpToolResult } from '../targets/mcp-target.js';
import { readPart } from './content-part.js';
import { toToolResult } from './tool-result.js';

/**
 * What a prompt says, as one text: of its messages what can be read, in whatever role. That a server puts words into the
 * mouth of the assistant is not passed on.
 *
 * @throws McpError `mcp_protocol_error`, `mcp_result_too_large`
 */
export function toPromptText(given: unknown, maxBytes: number): McpToolResult {
  const { messages } = isObject(given) ? given : {};
  if (!Array.isArray(messages)) {
    const reason = 'The answer to prompts/get has no list of messages.';
    throw new McpError('mcp_protocol_error', undefined, { field: 'messages', reason });
  }
  const parts = messages.flatMap((message: unknown) => {
    const content = isObject(message) ? message.content : message;
    const { text } = Array.isArray(content)
      ? { text: content.map((part) => readPart(part).text ?? '').join('\n') }
      : readPart(content);
    return text?.trim() ? [{ text }] : [];
  });
  return toToolResult({ parts, isError: false }, maxBytes);
}
