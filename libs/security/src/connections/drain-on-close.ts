import type { FastifyInstance } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerConnections } from './server-connections.js';

/** How long a body that is still being sent is waited for. Node itself ends no request of a server that closes. Milliseconds. */
const BODY_WAIT_MS = 15_000;

/**
 * Lets the server close as soon as its last request is answered, or the time for that is over. Node waits for
 * connections on which nothing was ever sent as if a request were in the works, and clients open such ones in advance.
 */
export function drainOnClose(
  server: FastifyInstance,
  connections: ServerConnections,
  drainIsOver: Promise<void>,
): void {
  const requests = new Set<IncomingMessage>();
  let isClosing = false;
  const closeIfDone = () => {
    if (isClosing && requests.size === 0) connections.destroyAll();
  };
  const endUnsent = () => {
    for (const request of requests) if (!request.complete) request.destroy();
  };
  /** One listener for all answers: each emits `close` once. */
  function onAnswered(this: ServerResponse) {
    requests.delete(this.req);
    if (isClosing) setImmediate(closeIfDone);
  }
  server.addHook('onRequest', (request, reply, done) => {
    requests.add(request.raw);
    reply.raw.on('close', onAnswered);
    done();
  });
  server.addHook('preClose', (done) => {
    isClosing = true;
    // After the server has stopped to listen: a connection accepted in between would be waited for.
    setTimeout(closeIfDone, 10);
    setTimeout(endUnsent, BODY_WAIT_MS).unref();
    void drainIsOver.then(() => setTimeout(() => connections.destroyAll(), 10));
    done();
  });
}
