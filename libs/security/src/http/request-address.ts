import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '../throttling/client-address.js';

/**
 * Gives each request one client address for limits, sessions, logs and the audit trail. It has to
 * be the first hook.
 */
export function useCanonicalAddress(
  server: FastifyInstance,
  isProxy: (ip: string) => boolean,
): void {
  server.addHook('onRequest', (request, _reply, done) => {
    setCanonicalAddress(request, isProxy);
    done();
  });
}

/** For what is refused before any hook: there the server itself looks at no proxy. */
export function setCanonicalAddress(
  request: FastifyRequest,
  isProxy: (ip: string) => boolean,
): void {
  Object.defineProperty(request, 'ip', { value: addressOf(request.raw, isProxy) });
}

/**
 * Walks from the connected address back through `X-Forwarded-For` while the sender is a trusted proxy. What a proxy
 * forwards may come from the client: if it is no address, the request counts as the proxy's own. Empty
 * for a socket that is closed already.
 */
function addressOf({ socket, headers }: IncomingMessage, isProxy: (ip: string) => boolean): string {
  let address = canonicalAddress(socket.remoteAddress ?? '') ?? '';
  if (!isProxy(address)) return address;
  const passedOn = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  while (isProxy(address)) {
    const before = canonicalAddress(passedOn.pop()?.trim() ?? '');
    if (before === undefined) return address;
    address = before;
  }
  return address;
}
