import type { FastifyInstance } from 'fastify';

/**
 * Lets the server close as soon as its last request is answered. Node waits for connections on which nothing was
 * ever sent as if a request were under way, and clients open such ones in advance.
 */
export function drainOnClose(server: FastifyInstance): void {
  let underWay = 0;
  let isClosing = false;
  const closeIfDone = () => {
    if (isClosing && underWay === 0) server.server.closeAllConnections();
  };
  server.addHook('onRequest', (_request, reply, done) => {
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
      if (isClosing) setImmediate(closeIfDone);
    });
    done();
  });
  server.addHook('preClose', (done) => {
    isClosing = true;
    // After the server has stopped to listen: a connection accepted in between would be waited for.
    setTimeout(closeIfDone, 10);
    done();
  });
}
