import {
  StreamableHTTPClientTransport,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { anySignal } from 'any-signal';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClosableFetch } from '../addresses/guarded-fetch.js';
import { MessageReader } from '../dialects/message-reader.js';
import { McpError } from '../mcp.error.js';
import type { TargetAuthorization } from '../targets/authorized-target.js';
import { authorizedFetch } from './authorized-fetch.js';
import { HttpExchange } from './http-exchange.js';
import { fetchWithinOrigin } from './fetch-within-origin.js';
import { lenientFetch } from './lenient-fetch.js';
import { StandingStream } from './standing-stream.js';

/** How long a server may take to accept a notification. Milliseconds. */
const NOTIFICATION_MS = 3000;

/** How long a server may leave an event stream open after the answer. Milliseconds. */
const LINGER_MS = 1000;

/** Bounds of the pause before a broken stream is resumed, whatever the server asks for. Milliseconds. */
const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;

/** A stream of events begins with 200, and is resumed where it can be. */
function endedStream(): McpError {
  const reason = 'Its stream of events ended without an answer.';
  return new McpError('mcp_unavailable', undefined, { statusCode: 200, reason });
}

/** Attempts in a row to resume a stream that could not be opened. */
const MAX_RETRIES = 3;

/**
 * Streamable HTTP, with what the SDK's transport leaves out: a bound on what a request receives, an end to a request whose
 * event stream ends without the answer, an end to the stream of a request that was given up, and a server of any
 * dialect (`lenientFetch`). A server that cannot say of which era it is, whatever it answers, is taken for an old one.
 */
export class HttpTransport extends StreamableHTTPClientTransport {
  private readonly exchanges: AsyncLocalStorage<HttpExchange>;
  private readonly reader: MessageReader;
  private readonly open = new Map<number | string, AbortController>();
  private readonly standing: StandingStream;

  constructor(
    url: string,
    headers: Record<string, string>,
    private readonly dialled: ClosableFetch,
    /** How long the question of its era may take. Milliseconds. */
    private readonly probeMs: number,
    authorization?: TargetAuthorization,
  ) {
    const exchanges = new AsyncLocalStorage<HttpExchange>();
    const reader = new MessageReader();
    const send = authorization ? authorizedFetch(dialled, authorization) : dialled;
    const withoutAnswer = () => new HttpExchange(undefined, false);
    super(new URL(url), {
      requestInit: { headers },
      fetch: lenientFetch(send, reader, () => exchanges.getStore() ?? withoutAnswer()),
      reconnectionOptions: {
        initialReconnectionDelay: SHORTEST_RETRY_MS,
        maxReconnectionDelay: LONGEST_RETRY_MS,
        reconnectionDelayGrowFactor: 4,
        maxRetries: MAX_RETRIES,
      },
      reconnectionScheduler: (reconnect, delayMs) => {
        const pause = Math.min(Math.max(delayMs, SHORTEST_RETRY_MS), LONGEST_RETRY_MS);
        const timer = setTimeout(reconnect, pause);
        return () => clearTimeout(timer);
      },
    });
    this.exchanges = exchanges;
    this.reader = reader;
    this.standing = new StandingStream(
      (signal) =>
        fetchWithinOrigin(send, url, {
          signal,
          headers: {
            ...headers,
            accept: 'text/event-stream',
            'mcp-session-id': this.sessionId ?? '',
            'mcp-protocol-version': this.protocolVersion ?? '',
          },
        }),
      (data) => reader.readText(data).forEach((message) => this.onmessage?.(message)),
    );
    // The SDK calls a handler that it finds here before its own.
    this.onmessage = (message) => {
      if (!('method' in message) && message.id !== undefined) this.endSoon(message.id);
    };
  }

  override async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    this.reader.sending(message);
    if ('method' in message && 'id' in message) return this.request(message, options);
    if ('method' in message && message.method === 'notifications/cancelled') {
      this.giveUp(message.params?.requestId);
    }
    const requestSignal = AbortSignal.timeout(NOTIFICATION_MS);
    // It has no answer. A server that refuses it may well go on, and one that is gone fails the next request.
    await this.exchanges
      .run(new HttpExchange(undefined, false), () =>
        super.send(message, { ...options, requestSignal }),
      )
      .catch(() => undefined);
  }

  /** A server of a version that the SDK does not know expects to be called by its own. */
  override setProtocolVersion(version: string): void {
    super.setProtocolVersion(this.reader.serverVersion ?? version);
  }

  override async close(): Promise<void> {
    this.open.clear();
    this.standing.close();
    await super.close();
    await this.dialled.close();
  }

  private async request(message: JSONRPCRequest, options: TransportSendOptions): Promise<void> {
    const { id, method } = message;
    // Before the call: a server forgets what it asks while no one listens.
    if (method === 'tools/call' && this.sessionId !== undefined) await this.standing.open();
    const controller = new AbortController();
    const requestSignal = options.requestSignal
      ? anySignal([controller.signal, options.requestSignal])
      : controller.signal;
    this.open.set(id, controller);
    requestSignal.addEventListener('abort', () => this.forget(id), { once: true });
    const exchange = new HttpExchange(method, this.sessionId !== undefined);
    const end = (failure = new McpError('mcp_unavailable')) => {
      const data = exchange.failure ?? failure;
      const error = { code: -32000, message: data.message, data };
      // If the answer has come, this id is no longer waited for and the SDK drops it.
      this.onmessage?.({ jsonrpc: '2.0', id, error });
      controller.abort();
    };
    const isProbe = method === 'server/discover';
    if (isProbe) setTimeout(end, this.probeMs).unref();
    try {
      await this.exchanges.run(exchange, () =>
        super.send(message, {
          ...options,
          requestSignal,
          onRequestStreamEnd: () => {
            options.onRequestStreamEnd?.();
            end(endedStream());
          },
        }),
      );
    } catch (error) {
      this.forget(id);
      if (isProbe) return end();
      throw exchange.failure ?? error;
    }
    if (exchange.streams) return;
    const { untilEnd } = this.standing;
    // Some servers accept the request, and answer on the stream that they tell everything else on.
    if (untilEnd) void untilEnd.then(() => end(endedStream()));
    else end(new McpError('mcp_protocol_error', undefined, { reason: `No answer to ${method}.` }));
  }

  private endSoon(id: number | string): void {
    const controller = this.open.get(id);
    if (controller) setTimeout(() => controller.abort(), LINGER_MS).unref();
  }

  /** Before 2026 a cancelled request is only announced to the server, which may keep its stream open indefinitely. */
  private giveUp(requestId: unknown): void {
    if (typeof requestId !== 'number' && typeof requestId !== 'string') return;
    this.open.get(requestId)?.abort();
    this.forget(requestId);
  }

  private forget(id: number | string): void {
    this.open.delete(id);
    this.reader.forget(id);
  }
}
