import {
  StreamableHTTPClientTransport,
  type FetchLike,
  type JSONRPCMessage,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { AsyncLocalStorage } from 'node:async_hooks';
import { McpError } from '../mcp.error.js';
import { isUnparseable } from './is-unparseable.js';
import { MAX_MESSAGE_BYTES } from './transport-limits.js';

/** How long a server may take to accept a notification. Milliseconds. */
const NOTIFICATION_MS = 10_000;

/** How long a server may leave an event stream open after the answer. Milliseconds. */
const LINGER_MS = 1000;

/** One request and its response, found again by the asynchronous context: the SDK does not say which one broke. */
interface Exchange {
  failure?: McpError;
  streams?: boolean;
  /** Fails the request if it still waits for its answer, and ends its stream. */
  end(failure?: McpError): void;
}

/**
 * Streamable HTTP, with what the SDK's transport leaves out: a bound on each response, no redirects, an end to a
 * request whose event stream ends without the answer, and an end to the stream of a request that was given up.
 */
export class HttpTransport extends StreamableHTTPClientTransport {
  private readonly exchanges: AsyncLocalStorage<Exchange>;
  private readonly open = new Map<number | string, AbortController>();

  constructor(url: string, headers: Record<string, string>) {
    const exchanges = new AsyncLocalStorage<Exchange>();
    super(new URL(url), { requestInit: { headers }, fetch: boundedFetch(exchanges) });
    this.exchanges = exchanges;
    // The SDK calls handlers that it finds here before its own.
    this.onerror = (error) => {
      if (isUnparseable(error)) exchanges.getStore()?.end(new McpError('mcp_protocol_error'));
    };
    this.onmessage = (message) => {
      if (!('method' in message) && message.id !== undefined) this.endSoon(message.id);
    };
  }

  override async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (!('method' in message) || !('id' in message)) {
      if ('method' in message && message.method === 'notifications/cancelled') {
        this.giveUp(message.params?.requestId);
      }
      const requestSignal = AbortSignal.timeout(NOTIFICATION_MS);
      return super.send(message, { ...options, requestSignal });
    }
    const { id } = message;
    const controller = new AbortController();
    const requestSignal = options.requestSignal
      ? AbortSignal.any([controller.signal, options.requestSignal])
      : controller.signal;
    this.open.set(id, controller);
    requestSignal.addEventListener('abort', () => this.open.delete(id), { once: true });
    const exchange: Exchange = {
      end: (failure = new McpError('mcp_unavailable')) => {
        this.open.delete(id);
        const data = exchange.failure ?? failure;
        const error = { code: -32000, message: data.message, data };
        // If the answer has come, nobody waits for this id any more and the SDK drops it.
        this.onmessage?.({ jsonrpc: '2.0', id, error });
        controller.abort();
      },
    };
    try {
      await this.exchanges.run(exchange, () =>
        super.send(message, {
          ...options,
          requestSignal,
          onRequestStreamEnd: () => exchange.end(),
        }),
      );
    } catch (error) {
      this.open.delete(id);
      throw exchange.failure ?? error;
    }
    if (!exchange.streams) exchange.end(new McpError('mcp_protocol_error'));
  }

  override async close(): Promise<void> {
    this.open.clear();
    await super.close();
  }

  private endSoon(id: number | string): void {
    const controller = this.open.get(id);
    if (controller) setTimeout(() => controller.abort(), LINGER_MS).unref();
  }

  /** Before 2026 a cancelled request is only announced to the server, which may keep its stream open for ever. */
  private giveUp(requestId: unknown): void {
    if (typeof requestId !== 'number' && typeof requestId !== 'string') return;
    this.open.get(requestId)?.abort();
    this.open.delete(requestId);
  }
}

function boundedFetch(exchanges: AsyncLocalStorage<Exchange>): FetchLike {
  return async (url, init) => {
    // The standing stream for announcements is not worth a socket per connection, nor is resuming a broken stream
    // (which the specification dropped): the server is treated as one that offers neither.
    if (init?.method === 'GET') return new Response(null, { status: 405 });
    const exchange: Partial<Exchange> = exchanges.getStore() ?? {};
    const fail = (code: McpError['code']) => (exchange.failure = new McpError(code));
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const redirects = response.status >= 300 && response.status < 400;
    if (redirects || Number(response.headers.get('content-length')) > MAX_MESSAGE_BYTES) {
      await response.body?.cancel();
      throw fail(redirects ? 'mcp_protocol_error' : 'mcp_result_too_large');
    }
    if (!response.body) return response;
    exchange.streams =
      response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    let size = 0;
    const bound = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength;
        if (size > MAX_MESSAGE_BYTES) controller.error(fail('mcp_result_too_large'));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(bound), { status, statusText, headers });
  };
}
