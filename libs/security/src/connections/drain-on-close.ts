import type { FastifyInstance } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
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
  let unanswered = 0;
  const sockets = new Set<Socket>();
  /**
   * The last request of each socket until it is answered. Not a set of all requests: V8 links each table of a set to the
   * one that replaces it, and once one is in the old generation, all requests that stood in later ones stay in memory
   * until a full garbage collection.
   */
  const lastRequests = new WeakMap<Socket, IncomingMessage | undefined>();
  let isClosing = false;
  const closeIfDone = () => {
    if (isClosing && unanswered === 0) connections.destroyAll();
  };
  const endUnsent = () => {
    for (const socket of sockets) {
      const request = lastRequests.get(socket);
      if (request?.complete === false) request.destroy();
    }
  };
  /** One listener for all answers: each emits `close` once. */
  function onAnswered(this: ServerResponse) {
    unanswered -= 1;
    const { socket } = this.req;
    if (lastRequests.get(socket) === this.req) lastRequests.set(socket, undefined);
    if (isClosing) setImmediate(closeIfDone);
  }
  server.addHook('onRequest', ({ raw }, reply, done) => {
    unanswered += 1;
    const { socket } = raw;
    if (!lastRequests.has(socket)) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    lastRequests.set(socket, raw);
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
