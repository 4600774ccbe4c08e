import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuthError } from '../auth.error.js';
import type { Principal } from '../tokens/principal.js';

/** What an account can always reach: itself. The pattern of the route decides, not the address that was asked. */
const ITSELF = /^\/api\/(auth|me)(\/|$)/;

/**
 * Where the deployment requires something, an account that lacks it reaches nothing but itself, to be put in order. A
 * device without an account has nothing to put in order.
 */
@Injectable()
export abstract class OwnAccountGuard implements CanActivate {
  private readonly log = new Logger('Authorization');

  protected abstract readonly isRequired: boolean;

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const user = this.isRequired ? whoAsksForMore(context) : undefined;
    return !user || this.isInOrder(user) || this.assertInOrder(user);
  }

  protected abstract isInOrder(user: Principal): boolean;

  /** By the database: the principal may be a second old, and its owner has perhaps just put the account in order. */
  protected abstract isInOrderNow(user: Principal): Promise<boolean>;

  protected abstract refusal(): AuthError;

  private async assertInOrder(user: Principal): Promise<true> {
    if (await this.isInOrderNow(user)) return true;
    const error = this.refusal();
    this.log.warn({ event: 'auth.forbidden', code: error.code, userId: user.userId });
    throw error;
  }
}

function whoAsksForMore(context: ExecutionContext): Principal | undefined {
  const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
  if (request.user?.isAnonymous || ITSELF.test(request.routeOptions.url ?? '')) return undefined;
  return request.user;
}
