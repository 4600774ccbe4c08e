import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { McpError } from '../mcp.error.js';

/** How deep the SDK wraps what a transport threw. */
const MAX_DEPTH = 5;

/** Longest text of a server that the log quotes. Characters. */
const QUOTE_LIMIT = 200;

const PROTOCOL_BREACHES = new Set<SdkErrorCode>([
  SdkErrorCode.InvalidResult,
  SdkErrorCode.UnsupportedResultType,
  SdkErrorCode.ClientHttpUnexpectedContent,
]);

/** Sorts what the SDK throws into our codes. Its text, often the server's, goes into the details for the log alone. */
export function toMcpError(error: unknown): McpError {
  for (const layer of layers(error)) {
    const known = classify(layer);
    if (known) return known;
  }
  return new McpError('mcp_unavailable', undefined, { ...reasonOf(systemCode(error)) });
}

/** The transport is gone or not to be relied on: the next call needs another connection. */
export function breaksConnection(error: unknown): boolean {
  return !(error instanceof ProtocolError) && toMcpError(error).code === 'mcp_unavailable';
}

function classify(error: unknown): McpError | undefined {
  if (error instanceof McpError) return error;
  if (error instanceof ProtocolError) {
    if (error.data instanceof McpError) return error.data;
    const reason = `Error ${error.code}: ${error.message.slice(0, QUOTE_LIMIT)}`;
    return new McpError('mcp_protocol_error', undefined, { reason });
  }
  if (error instanceof SdkHttpError) {
    const details = error.status === undefined ? {} : { statusCode: error.status };
    return new McpError('mcp_unavailable', undefined, details);
  }
  if (error instanceof SdkError) {
    // The others are broken connections, or wrap one of these.
    if (!PROTOCOL_BREACHES.has(error.code)) return undefined;
    return new McpError('mcp_protocol_error', undefined, reasonOf(error.code));
  }
  return undefined;
}

/** What the system or TLS calls a failure to connect, such as `ECONNREFUSED`. */
function systemCode(error: unknown): string | undefined {
  for (const layer of layers(error)) {
    const { code } = (layer ?? {}) as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
  }
  return undefined;
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function* layers(error: unknown): Generator {
  let layer = error;
  for (let depth = 0; depth < MAX_DEPTH && layer !== undefined; depth += 1) {
    yield layer;
    layer = layer instanceof Error ? layer.cause : undefined;
  }
}
