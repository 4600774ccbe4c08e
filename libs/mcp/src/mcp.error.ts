export type McpErrorCode =
  | 'mcp_unavailable'
  | 'mcp_timeout'
  | 'mcp_protocol_error'
  | 'mcp_result_too_large'
  | 'mcp_authorization_required'
  | 'mcp_cancelled'
  | 'mcp_busy';

const MESSAGES: Record<McpErrorCode, string> = {
  mcp_unavailable: 'The tool server is not available.',
  mcp_timeout: 'The tool server did not answer in time.',
  mcp_protocol_error: 'The tool server gave an answer that could not be understood.',
  mcp_result_too_large: 'The tool server gave an answer that is too large.',
  mcp_authorization_required: 'The tool server has to be connected first.',
  mcp_cancelled: 'The call was cancelled.',
  mcp_busy: 'Too many tool servers are in use at the moment.',
};

/** What an operator needs to act on a failure. For the log alone: some of it is the server's. */
export interface McpFailureDetails {
  /** HTTP status of the answer. */
  readonly statusCode?: number;
  /** The member of a message that cannot be used. */
  readonly field?: string;
  /** More than the message says. */
  readonly reason?: string;
  /** What has to be connected, with `mcp_authorization_required`. */
  readonly connectionId?: string;
  /** The server has refused the request before it did anything, as it does not know our session any more. */
  readonly isSessionLost?: boolean;
  /** When there may be room, with `mcp_busy`. */
  readonly retryAfterSeconds?: number;
}

/**
 * Why a call to an MCP server has no result. The message is our own text: never the server's, and without a path,
 * a command or an address, so that it may be shown to anyone.
 *
 * - `mcp_unavailable`: no connection, or the connection broke. A call that had been sent may have had its effect.
 * - `mcp_timeout`: the caller's deadline passed. The call may have had its effect.
 * - `mcp_protocol_error`: the server breaks the protocol.
 * - `mcp_result_too_large`: more than the transport or the caller's `maxResultBytes` lets through.
 * - `mcp_authorization_required`: the user has not connected the server, or has to connect it again. Nothing was called.
 * - `mcp_cancelled`: the caller gave up, or the connection was closed on purpose.
 * - `mcp_busy`: no slot for a connection came free in time. Nothing was sent.
 */
export class McpError extends Error {
  override readonly name = 'McpError';

  constructor(
    readonly code: McpErrorCode,
    message: string = MESSAGES[code],
    readonly details: McpFailureDetails = {},
  ) {
    super(message);
  }

  /** What is no `McpError` yet left no usable connection behind. */
  static from(error: unknown): McpError {
    return error instanceof McpError ? error : new McpError('mcp_unavailable');
  }
}
