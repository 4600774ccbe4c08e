import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { McpError } from '../mcp.error.js';
import { isUnparseable } from '../transports/is-unparseable.js';

/** How deep the SDK wraps what a transport threw. */
const MAX_DEPTH = 5;

const PROTOCOL_BREACHES = new Set<SdkErrorCode>([
  SdkErrorCode.InvalidResult,
  SdkErrorCode.UnsupportedResultType,
  SdkErrorCode.ClientHttpUnexpectedContent,
]);

/** Sorts what the SDK throws into our codes. Its text, often the server's, stays behind. */
export function toMcpError(error: unknown): McpError {
  for (const layer of layers(error)) {
    const known = classify(layer);
    if (known) return known;
  }
  return new McpError('mcp_unavailable');
}

/** The transport is gone or not to be relied on: the next call needs another connection. */
export function breaksConnection(error: unknown): boolean {
  return !(error instanceof ProtocolError) && toMcpError(error).code === 'mcp_unavailable';
}

function classify(error: unknown): McpError | undefined {
  if (error instanceof McpError) return error;
  if (error instanceof ProtocolError) {
    return error.data instanceof McpError ? error.data : new McpError('mcp_protocol_error');
  }
  if (error instanceof SdkHttpError) {
    const refused = error.status === 401 || error.status === 403;
    return refused
      ? new McpError('mcp_unavailable', 'The tool server does not accept our credentials.')
      : new McpError('mcp_unavailable');
  }
  if (error instanceof SdkError) {
    // The others are broken connections, or wrap one of these.
    return PROTOCOL_BREACHES.has(error.code) ? new McpError('mcp_protocol_error') : undefined;
  }
  return isUnparseable(error) ? new McpError('mcp_protocol_error') : undefined;
}

function* layers(error: unknown): Generator {
  let layer = error;
  for (let depth = 0; depth < MAX_DEPTH && layer !== undefined; depth += 1) {
    yield layer;
    layer = layer instanceof Error ? layer.cause : undefined;
  }
}
