import { McpError, type McpErrorCode } from '@app/mcp';
import { ChatError } from '../chat.error.js';

/** What the person is told when a server behind the assistant fails: nothing of servers. */
const FAILURES: Readonly<Record<McpErrorCode, () => ChatError>> = {
  mcp_unavailable: () =>
    new ChatError('assistant_unavailable', 'The assistant cannot be reached now. Try again later.'),
  mcp_timeout: () =>
    new ChatError('assistant_timeout', 'The assistant took too long to answer. Try again.'),
  mcp_protocol_error: () =>
    new ChatError('assistant_failed', 'The assistant gave an answer that makes no sense.'),
  mcp_result_too_large: () =>
    new ChatError('answer_too_large', 'The answer is too large. Ask for less at once.'),
  mcp_cancelled: () => new ChatError('shutting_down', 'The service is restarting. Try again.'),
};

/** Anything but a failure of MCP is returned as it came. */
export function asChatError(error: unknown): unknown {
  return error instanceof McpError ? FAILURES[error.code]() : error;
}
