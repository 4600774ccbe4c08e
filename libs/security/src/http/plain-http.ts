import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '../throttling/client-address.js';
import { SecurityError } from '../errors/security.error.js';

/** Which addresses may call without TLS, and which are believed about what came over TLS. */
export interface PlainHttpPolicy {
  readonly isProxy: (ip: string) => boolean;
  /** Of the connected address. */
  readonly mayBePlain: (ip: string) => boolean;
}

/**
 * Refuses a call of the API that came over plain HTTP, and ends its connection. It is not redirected: its token and its
 * password have been sent already, and a client that is redirected sends them so each time.
 */
export function refusePlainHttp(server: FastifyInstance, policy: PlainHttpPolicy): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!isOfApi(request) || isPrivate(request.raw, policy)) return done();
    reply.header('Connection', 'close');
    done(SecurityError.httpsRequired());
  });
}

/** By its route too, as an address may be written in other ways: `/%61pi/profiles`. */
function isOfApi({ routeOptions, url }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/api') === true || url.startsWith('/api');
}

/** A proxy says what the client has used; one that says nothing is judged by its own connection. */
function isPrivate(
  { socket, headers }: IncomingMessage,
  { isProxy, mayBePlain }: PlainHttpPolicy,
): boolean {
  if ('encrypted' in socket) return true;
  const peer = canonicalAddress(socket.remoteAddress ?? '') ?? '';
  const told = [headers['x-forwarded-proto'] ?? []].flat().join(',').split(',').pop()?.trim();
  if (told && isProxy(peer)) return told.toLowerCase() === 'https';
  return mayBePlain(peer);
}
