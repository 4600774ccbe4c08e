import { McpError, type McpFailureDetails } from '../mcp.error.js';
import { MAX_MESSAGE_BYTES } from './transport-limits.js';

/** One request and the responses to it, found again by the asynchronous context: the SDK does not say which one broke. */
export class HttpExchange {
  /** Why it failed, before the SDK wraps it. */
  failure: McpError | undefined;
  /** The answer comes as a stream of events, and may come on a resumed one. */
  streams = false;
  private bytes = 0;

  constructor(
    /** Undefined for what needs no answer: notifications, and the end of a session. */
    readonly method: string | undefined,
    /** The request was made in a session that the server gave us. */
    readonly hasSession: boolean,
  ) {}

  fail(code: McpError['code'], details: McpFailureDetails, message?: string): McpError {
    this.failure = new McpError(code, message, details);
    return this.failure;
  }

  /**
   * Counts what is received, over all responses.
   *
   * @throws McpError `mcp_result_too_large`
   */
  count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > MAX_MESSAGE_BYTES) {
      throw this.fail('mcp_result_too_large', { reason: `Over ${MAX_MESSAGE_BYTES} bytes.` });
    }
  }

  /** A stream that breaks when too much has come. */
  bound(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      transform: (chunk, controller) => {
        this.count(chunk.byteLength);
        controller.enqueue(chunk);
      },
    });
  }
}
