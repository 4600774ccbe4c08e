import { AuditedCalls } from '@app/logging';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import { AuthError } from '../auth.error.js';
import type { Principal } from '../tokens/principal.js';
import { rolesOfRoute } from './roles.decorator.js';
import { policyOfRoute } from './route-policy.js';

/** Global: holds what `@Roles(…)` demands, by the role that the database has, never by one in a token. */
@Injectable()
export class RolesGuard implements CanActivate {
  private readonly log = new Logger('Authorization');
  private readonly rolesOf = policyOfRoute(rolesOfRoute);

  constructor(@Inject(AuditedCalls) private readonly calls: AuditedCalls) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const roles = this.rolesOf(context);
    if (!roles) return true;
    const { user } = context.switchToHttp().getRequest<{ user: Principal }>();
    if (roles.includes(user.role)) return true;
    return this.refuse(context, user);
  }

  /** Who tries what only administrators may is to be found in the trail. */
  private async refuse(context: ExecutionContext, { userId }: Principal): Promise<never> {
    const error = new AuthError('forbidden', 'Your account may not do this.');
    this.log.warn({ event: 'auth.forbidden', code: error.code, userId });
    await this.calls.recordRefused(context, error);
    throw error;
  }
}
