import type { FastifyReply, FastifyRequest, FastifyServerFactoryHandler } from 'fastify';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionsConfig } from '../connections/connections.config.js';
import type { ServerConnections } from '../connections/server-connections.js';
import { addressMatcher } from '../throttling/client-address.js';
import type { HttpConfig } from './http.config.js';
import { setCanonicalAddress } from './request-address.js';
import { routedTarget } from './request-target.js';
import { SecuredResponse } from './secured-response.js';
import { securityHeaders } from './security-headers.js';

/** The largest body that any route takes. Bytes. */
const LARGEST_BODY = 64 * 1024;

/** How long a connection may be silent in both directions while a handler works: longer than any profile's limit. */
const LONGEST_WAIT_MS = 180_000;

/** How long a request that could not be read has time to read why. Milliseconds. */
const REFUSED_FOR_MS = 1_000;

/** How long a client may take to begin and to send its headers, or its half of the TLS handshake. Milliseconds. */
const FIRST_BYTES_WITHIN_MS = 10_000;

/** Forward secrecy and authenticated encryption, for both versions of TLS (RFC 9325 §4.2). */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The server with its bounds; what `connections` bounds holds for every address that it listens on. */
export function serverOptions(
  config: HttpConfig,
  { keepAlive }: Pick<ConnectionsConfig, 'keepAlive'>,
  connections: ServerConnections,
) {
  return {
    bodyLimit: LARGEST_BODY,
    // Parameters longer than an id are no ids; the router answers them as it answers any unknown address.
    routerOptions: { maxParamLength: 100, ignoreTrailingSlash: false, caseSensitive: true },
    // Each request gets our id: one from outside could forge the trail or smuggle text into the log.
    requestIdHeader: false as const,
    genReqId: () => randomUUID(),
    rewriteUrl: routedTarget,
    trustProxy: config.trustProxy ? [...config.trustProxy] : false,
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: refuseAddress(addressMatcher(config.trustProxy || [])),
    serverFactory: (handler: FastifyServerFactoryHandler) => {
      const server = serverOf(config, keepAlive, handler);
      server.setTimeout(LONGEST_WAIT_MS);
      // Node would answer what a client expects besides `100-continue` by itself: uncounted, and without an envelope.
      server.on('checkExpectation', handler);
      connections.watch(server);
      return server;
    },
  };
}

function serverOf(
  { tls }: HttpConfig,
  keepAlive: number,
  handler: FastifyServerFactoryHandler,
): Server {
  const options = {
    keepAliveTimeout: keepAlive,
    requestTimeout: 15_000,
    headersTimeout: FIRST_BYTES_WITHIN_MS,
    connectionsCheckingInterval: 2_500,
    maxHeaderSize: 16 * 1024,
    // `hardenServer` refuses it, with an envelope.
    requireHostHeader: false,
    ServerResponse: SecuredResponse,
  };
  if (!tls) return createServer(options, handler);
  const forTls = { minVersion: 'TLSv1.2', ciphers: CIPHERS, honorCipherOrder: true } as const;
  return createTlsServer(
    { ...options, ...tls, ...forTls, handshakeTimeout: FIRST_BYTES_WITHIN_MS },
    handler,
  );
}

const UNREADABLE_MESSAGE = 'The request could not be read.';

/** An address that cannot be decoded reaches no hook, no route and no filter; it is counted all the same. */
function refuseAddress(isProxy: (ip: string) => boolean) {
  return async (_error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    setCanonicalAddress(request, isProxy);
    const isOverLimit = await isRefused(request, reply);
    const code = isOverLimit ? 'rate_limited' : 'malformed_body';
    void reply
      .status(isOverLimit ? 429 : 400)
      .header('cache-control', 'no-store')
      .send({
        success: false,
        error: { code, message: UNREADABLE_MESSAGE, requestId: request.id },
      });
  };
}

async function isRefused(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  try {
    await request.server.admit?.(request, reply);
    return false;
  } catch {
    return true;
  }
}

/**
 * What is not HTTP at all reaches no route and no filter; it still gets the envelope, and the connection ends, whether
 * its client ends it or not.
 */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, code] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', 'malformed_body'];
  const body = JSON.stringify({
    success: false,
    error: { code, message: UNREADABLE_MESSAGE, requestId: randomUUID() },
  });
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Connection: close',
      'Cache-Control: no-store',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(securityHeaders().api).map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), REFUSED_FOR_MS).unref();
}

const UNREADABLE: Readonly<Record<string, readonly [string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers_too_large'],
};
