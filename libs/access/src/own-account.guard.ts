import type { DomainError } from '@app/security';
import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/**
 * The routes of the caller's own account, which are always allowed. Matched against the route pattern, not the
 * requested path.
 */
const OWN_ACCOUNT_ROUTES = /^\/api\/(auth|me)(\/|$)/;

/** Whether a route pattern belongs to the caller's own account. */
export function isOwnAccountRoute(pattern: string): boolean {
  return OWN_ACCOUNT_ROUTES.test(pattern);
}

/**
 * Restricts an account that does not meet a requirement of the deployment to the routes of its own account, where it
 * can meet it. Anonymous accounts are exempt, because they cannot.
 */
@Injectable()
export abstract class OwnAccountGuard implements CanActivate {
  private readonly log = new Logger('Authorization');

  protected abstract readonly isRequired: boolean;

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const user = this.isRequired ? principalIfRestricted(context) : undefined;
    return !user || this.isInOrder(user) || this.assertInOrder(user);
  }

  protected abstract isInOrder(user: Principal): boolean;

  /** Reads the database: the principal may be a second old, and the requirement may just have been met. */
  protected abstract isInOrderNow(user: Principal): Promise<boolean>;

  protected abstract refusal(): DomainError;

  private async assertInOrder(user: Principal): Promise<true> {
    if (await this.isInOrderNow(user)) return true;
    const error = this.refusal();
    this.log.warn({ event: 'auth.forbidden', code: error.code, userId: user.accountId });
    throw error;
  }
}

function principalIfRestricted(context: ExecutionContext): Principal | undefined {
  const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
  if (request.user?.isAnonymous || isOwnAccountRoute(request.routeOptions.url ?? ''))
    return undefined;
  return request.user;
}
