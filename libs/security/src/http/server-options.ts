import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { HttpConfig } from './http.config.js';
import { securityHeaders } from './security-headers.js';

/** The largest body that any route takes. Bytes. */
const LARGEST_BODY = 64 * 1024;

/** Bounds on what one connection may ask for, and for how long. Milliseconds where not said otherwise. */
export function serverOptions(config: HttpConfig) {
  return {
    bodyLimit: LARGEST_BODY,
    requestTimeout: 15_000,
    keepAliveTimeout: 65_000,
    connectionTimeout: 0,
    maxRequestsPerSocket: 0,
    // Parameters longer than an id are no ids; the router answers them as it answers any unknown address.
    routerOptions: { maxParamLength: 100, ignoreTrailingSlash: false, caseSensitive: true },
    // Each request gets our id: one from outside could forge the trail or smuggle text into the log.
    requestIdHeader: false as const,
    genReqId: () => randomUUID(),
    trustProxy: config.trustProxy ? [...config.trustProxy] : false,
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: refuseAddress,
    ...(config.tls
      ? { https: { ...config.tls, ...HEADER_BOUNDS, minVersion: 'TLSv1.2' as const } }
      : { http: HEADER_BOUNDS }),
  };
}

const HEADER_BOUNDS = {
  headersTimeout: 10_000,
  connectionsCheckingInterval: 2_500,
  maxHeaderSize: 16 * 1024,
};

const UNREADABLE_MESSAGE = 'The request could not be read.';

/** An address that cannot be decoded reaches no hook, no route and no filter. */
function refuseAddress(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(400)
    .headers(securityHeaders().api)
    .send({
      success: false,
      error: { code: 'malformed_body', message: UNREADABLE_MESSAGE, requestId: request.id },
    });
}

/** What is not HTTP at all reaches no route and no filter; it still gets the envelope, and the connection ends. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const [status, code] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', 'malformed_body'];
  const body = JSON.stringify({
    success: false,
    error: { code, message: UNREADABLE_MESSAGE, requestId: randomUUID() },
  });
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(securityHeaders().api).map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
}

const UNREADABLE: Readonly<Record<string, readonly [string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers_too_large'],
};
