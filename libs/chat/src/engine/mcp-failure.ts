import { McpError, type McpErrorCode } from '@app/mcp';
import { ChatError } from '../chat.error.js';

/** What the person is told when a server behind the assistant fails: nothing of servers. */
const FAILURES: Readonly<Record<McpErrorCode, (error: McpError) => ChatError>> = {
  mcp_unavailable: () => ChatError.failed('assistant_unavailable'),
  mcp_timeout: () => ChatError.failed('assistant_timeout'),
  mcp_protocol_error: () => ChatError.failed('assistant_failed'),
  mcp_result_too_large: () => ChatError.answerTooLarge(),
  mcp_authorization_required: ({ details }) => ChatError.connectionRequired(details.connectionId),
  mcp_cancelled: () => ChatError.shuttingDown(),
  mcp_busy: ({ details }) => ChatError.assistantBusy(details.retryAfterSeconds),
};

/** Anything but a failure of MCP is returned as it came. */
export function asChatError(error: unknown): unknown {
  return error instanceof McpError ? FAILURES[error.code](error) : error;
}

/** Which connection a failure is for want of. */
export function missingConnection(error: unknown): string | undefined {
  if (!(error instanceof ChatError) || error.code !== 'connection_required') return undefined;
  const { connectionId } = error.extra;
  return typeof connectionId === 'string' ? connectionId : undefined;
}
