import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../tokens/principal.js';

/** What an account can always reach: itself. The pattern of the route decides, not the address that was asked. */
const ITSELF = /^\/api\/(auth|me)(\/|$)/;

/**
 * Who asks for more than the own account, which has to be reachable for it to be put in order. Undefined also for a
 * device without an account, which has nothing to put in order, and where nobody is signed in.
 */
export function whoAsksForMore(context: ExecutionContext): Principal | undefined {
  const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
  if (request.user?.isAnonymous || ITSELF.test(request.routeOptions.url ?? '')) return undefined;
  return request.user;
}
