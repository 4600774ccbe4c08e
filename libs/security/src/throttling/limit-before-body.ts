import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Soon } from './memory-throttler.storage.js';
import type { ClientThrottlerGuard } from './policy-throttler.guard.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a request to the API; set by `limitBeforeBody`. */
    admit?: (request: FastifyRequest, reply: FastifyReply) => Soon<boolean>;
  }
}

/**
 * Has every request to the API counted by `LIMIT_API` as soon as its headers are read. Guards run after the body has
 * been read, and never for what cannot be read: bad JSON, a body too large or of another type, an unknown method.
 */
export function limitBeforeBody(server: FastifyInstance, guard: ClientThrottlerGuard): void {
  const admit = (request: FastifyRequest, reply: FastifyReply) => guard.admit(request, reply);
  server.decorate('admit', admit);
  server.addHook('onRequest', (request, reply, done) => {
    const isAdmitted = isOfApi(request) ? admit(request, reply) : true;
    if (isAdmitted instanceof Promise) void settle(isAdmitted, done);
    else done();
  });
}

async function settle(admitted: Promise<unknown>, done: (error?: Error) => void): Promise<void> {
  const refusal = await admitted.then(
    () => undefined,
    (error: Error) => error,
  );
  done(refusal);
}

/** By the route it was matched to, which knows every spelling of an address; without one by the address as sent. */
function isOfApi({ routeOptions, url }: FastifyRequest): boolean {
  return /^\/+api(?:$|[/?])/i.test(routeOptions.url ?? url);
}
