import type { FetchLike } from '@modelcontextprotocol/client';
import { OAuthFailure } from './oauth-failure.js';

/** How long one request may take. Milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The longest answer. Metadata and tokens are far shorter. */
const MAX_ANSWER_BYTES = 256 * 1024;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Every request of OAuth goes through it: one that cannot be bounded is not made. */
export interface OAuthFetch {
  /** Bounded in time and size, over TLS. It follows no redirect; the SDK follows those within an origin. */
  readonly fetch: FetchLike;
  /** The status and headers of an answer, whose body is not read. */
  headersOf(url: string, init: RequestInit): Promise<Response>;
  /** @throws OAuthFailure for an address that no request may go to, and no browser either */
  assertAllowed(address: string | URL): void;
}

export interface OAuthFetchOptions {
  /** Makes the requests, and refuses addresses that must not be dialled. */
  readonly send: FetchLike;
  /** Whether addresses of this machine need no TLS: outside of production. */
  readonly allowsLoopback: boolean;
  /** How long one request may take, its answer included. Milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

export function oauthFetch({
  send,
  allowsLoopback,
  timeoutMs = REQUEST_TIMEOUT_MS,
}: OAuthFetchOptions): OAuthFetch {
  const assertAllowed = (address: string | URL) => {
    const url = URL.parse(String(address));
    const isLocal = allowsLoopback && url?.protocol === 'http:' && LOOPBACK.has(url.hostname);
    if (url && (url.protocol === 'https:' || isLocal) && !url.username && !url.password) return;
    throw new OAuthFailure('An address is not one that may be used: https is needed.');
  };
  const request: FetchLike = (url, init = {}) => {
    assertAllowed(url);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([timeout, init.signal]) : timeout;
    return send(url, { ...init, redirect: 'manual', signal });
  };
  return {
    assertAllowed,
    async fetch(url, init) {
      const response = await request(url, init);
      const { status, statusText, headers } = response;
      const text = await boundedText(response);
      const isEmpty = status === 204 || status === 205 || status === 304;
      return new Response(isEmpty ? null : text, { status, statusText, headers });
    },
    async headersOf(url, init) {
      const response = await request(url, init);
      await response.body?.cancel();
      return response;
    },
  };
}

/** All requests that are made with it within that time. */
export function within(fetch: FetchLike, ms: number): FetchLike {
  const deadline = AbortSignal.timeout(ms);
  return (url, init = {}) => {
    const signal = init.signal ? AbortSignal.any([deadline, init.signal]) : deadline;
    return fetch(url, { ...init, signal });
  };
}

async function boundedText({ body }: Response): Promise<string> {
  if (!body) return '';
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the stream, and with it the connection.
    if (bytes > MAX_ANSWER_BYTES) throw new OAuthFailure('An answer is too long.');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
