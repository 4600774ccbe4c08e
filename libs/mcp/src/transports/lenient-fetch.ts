import type { FetchLike } from '@modelcontextprotocol/client';
import type { GuardedFetch } from '../addresses/guarded-fetch.js';
import type { MessageReader } from '../dialects/message-reader.js';
import { McpError } from '../mcp.error.js';
import { messagesOfEvents } from './event-stream.js';
import { fetchWithinOrigin } from './fetch-within-origin.js';
import type { HttpExchange } from './http-exchange.js';
import { MAX_MESSAGE_BYTES } from './transport-limits.js';

/** Longest text of a server that the log quotes. Characters. */
const QUOTE_LIMIT = 200;

/**
 * What the SDK's transport fetches with: the responses that reach it hold messages it accepts, or none. Whatever a server
 * answers otherwise ends in an `McpError` that tells the HTTP status and the reason.
 */
export function lenientFetch(
  fetch: GuardedFetch,
  reader: MessageReader,
  exchangeNow: () => HttpExchange,
): FetchLike {
  return async (url, init = {}) => {
    // The standing stream is opened with the first call (`StandingStream`). One that broke is resumed.
    const isGet = init.method === 'GET';
    if (isGet && !new Headers(init.headers).has('last-event-id')) return empty(405);
    const exchange = exchangeNow();
    try {
      const response = await fetchWithinOrigin(fetch, url, init);
      exchange.count(0);
      if (Number(response.headers.get('content-length')) > MAX_MESSAGE_BYTES) {
        await response.body?.cancel();
        exchange.count(MAX_MESSAGE_BYTES + 1);
      }
      return await readResponse(response, exchange, reader);
    } catch (error) {
      if (error instanceof McpError) exchange.failure = error;
      throw error;
    }
  };
}

async function readResponse(
  response: Response,
  exchange: HttpExchange,
  reader: MessageReader,
): Promise<Response> {
  const { status, ok, body } = response;
  const type = mediaType(response);
  if (exchange.method === undefined) {
    await body?.cancel();
    return empty(status);
  }
  if (ok && body && type === 'text/event-stream') {
    exchange.streams = true;
    const events = body
      .pipeThrough(exchange.bound())
      .pipeThrough(messagesOfEvents((text) => reader.readText(text)));
    return new Response(events, { headers: headersOf(response, type) });
  }
  const text = await readText(response, exchange);
  if (ok && text.trim() === '') return empty(202);
  // Once a stream has begun, the call was accepted: then only its answer is lost.
  if (exchange.hasSession && !exchange.streams && isSessionLost(status, text)) {
    throw exchange.fail('mcp_unavailable', {
      statusCode: status,
      reason: 'It does not know the session any more.',
      isSessionLost: true,
    });
  }
  const isDenial = status === 401 || status === 403;
  const messages = isDenial ? [] : reader.readText(text);
  if (messages.length > 0) {
    return new Response(JSON.stringify(messages), {
      headers: headersOf(response, 'application/json'),
    });
  }
  if (ok) {
    const reason = `It answers with ${type || 'no content type'}, and no message of the protocol.`;
    throw exchange.fail('mcp_protocol_error', { statusCode: status, reason });
  }
  throw exchange.fail(
    'mcp_unavailable',
    { statusCode: status, ...wordsOf(text, exchange) },
    isDenial ? 'The tool server does not accept our credentials.' : undefined,
  );
}

/** What the server says of a refusal, such as `Invalid Host header`. Of a call it could repeat what a person wrote. */
function wordsOf(text: string, { method }: HttpExchange): { reason?: string } {
  const isQuotable = method !== 'tools/call' && !/^\s*<|^\s*$/.test(text);
  return isQuotable ? { reason: text.trim().slice(0, QUOTE_LIMIT) } : {};
}

/** 404 as the protocol says; some servers answer 400 and name the session id in words. */
function isSessionLost(status: number, text: string): boolean {
  return status === 404 || (status === 400 && /session[ _-]?id|session not found/i.test(text));
}

async function readText({ body }: Response, exchange: HttpExchange): Promise<string> {
  if (!body) return '';
  return new Response(body.pipeThrough(exchange.bound())).text();
}

function mediaType(response: Response): string {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

function headersOf(response: Response, contentType: string): Headers {
  const headers = new Headers({ 'content-type': contentType });
  const session = response.headers.get('mcp-session-id');
  if (session !== null) headers.set('mcp-session-id', session);
  return headers;
}

function empty(status: number): Response {
  return new Response(null, { status });
}
