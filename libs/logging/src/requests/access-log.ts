import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BaseLogger } from 'pino';
import { runInRequest } from './request-context.js';

/** Gives each request its context, and writes one line when it is answered: never its address, headers or body. */
export function logRequests(server: FastifyInstance, log: Pick<BaseLogger, 'info'>): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    const { raw } = reply;
    const whenAnswered = (then: () => void) =>
      raw.closed || raw.destroyed ? then() : void raw.once('close', then);
    runInRequest({ requestId: request.id, ip: request.ip, whenAnswered }, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    log.info(describe(request, reply));
    done();
  });
}

function describe(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  return {
    event: 'http.request',
    method: request.method,
    // The pattern, not the address: an address carries ids and whatever a client appends to it.
    route: request.routeOptions.url ?? 'none',
    statusCode: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
    userId: (request as { user?: { userId?: string } }).user?.userId,
  };
}
