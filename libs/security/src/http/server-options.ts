import type { FastifyReply, FastifyRequest, FastifyServerFactoryHandler } from 'fastify';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionsConfig } from '../connections/connections.config.js';
import { FairTurns } from '../connections/fair-turns.js';
import type { ServerConnections } from '../connections/server-connections.js';
import { addressMatcher } from '../throttling/client-address.js';
import type { HttpConfig } from './http.config.js';
import { setCanonicalAddress } from './request-address.js';
import { routedTarget } from './request-target.js';
import { SecuredResponse } from './secured-response.js';
import { securityHeaders } from './security-headers.js';
import { secureContext } from './tls-material.js';
import { TlsRenewal } from './tls-renewal.js';

/** The largest body that any route takes. Bytes. */
const LARGEST_BODY = 64 * 1024;

/** How long a connection may be silent in both directions while a handler works: longer than any profile's limit. */
const LONGEST_WAIT_MS = 180_000;

/** How long a request that could not be read has time to read why. Milliseconds. */
const REFUSED_FOR_MS = 1_000;

/** How long a client may take to begin and to send its headers, or its half of the TLS handshake. Milliseconds. */
const FIRST_BYTES_WITHIN_MS = 10_000;

/** How often Node looks for connections that have run out of time; a longer interval finds many at once. Milliseconds. */
const CHECK_INTERVAL_MS = 250;

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
    clientErrorHandler: unreadableHandler(new FairTurns()),
    frameworkErrors: refuseAddress(addressMatcher(config.trustProxy || [])),
    serverFactory: (handler: FastifyServerFactoryHandler) => {
      const server = serverOf(config, keepAlive, handler);
      server.setTimeout(LONGEST_WAIT_MS);
      // Node would answer what a client expects besides `100-continue` by itself: uncounted, and without an envelope.
      server.on('checkExpectation', handler);
      connections.watch(server);
      if (config.tls) new TlsRenewal(config.tls.files, config.tls).watch(server);
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
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    maxHeaderSize: 16 * 1024,
    // `hardenServer` refuses it, with an envelope.
    requireHostHeader: false,
    ServerResponse: SecuredResponse,
  };
  if (!tls) return createServer(options, handler);
  return createTlsServer(
    { ...options, ...secureContext(tls), handshakeTimeout: FIRST_BYTES_WITHIN_MS },
    handler,
  );
}

/** As lines. Floods of what cannot be read are answered, so they are not derived each time. */
const SECURITY_HEADERS = Object.entries(securityHeaders().api).map(
  ([name, value]) => `${name}: ${value}`,
);

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

/** All connections that run out of time share one turn: many addresses can open them, and they end together. */
const TIMED_OUT_CLIENTS = 'all that have run out of time';

/**
 * Answers at once, except those that have run out of time: a few in each turn of the event loop. Hundreds of refusals
 * in one turn would keep all other clients waiting.
 */
function unreadableHandler(turns: FairTurns) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    const refuse = () => refuseUnreadable(error, socket);
    if (error.code === TIMED_OUT) void turns.next(TIMED_OUT_CLIENTS).then(refuse);
    else refuse();
  };
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
      ...SECURITY_HEADERS,
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), REFUSED_FOR_MS).unref();
}

/** What Node says of a request that does not come to its end. */
const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const UNREADABLE: Readonly<Record<string, readonly [string, string]>> = {
  [TIMED_OUT]: ['408 Request Timeout', 'request_timeout'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers_too_large'],
};
