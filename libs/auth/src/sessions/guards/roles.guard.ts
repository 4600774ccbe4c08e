import { policyOfRoute, type Principal, rolesOfRoute } from '@app/access';
import { AuditedCalls } from '@app/logging';
import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { SessionError } from '../session.error.js';

/** Global: enforces `@Roles(…)` by the role in the database, never by a claim of the token. */
@Injectable()
export class RolesGuard implements CanActivate {
  private readonly log = new Logger('Authorization');
  private readonly rolesOf = policyOfRoute(rolesOfRoute);

  constructor(private readonly calls: AuditedCalls) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const roles = this.rolesOf(context);
    if (!roles) return true;
    const { user } = context.switchToHttp().getRequest<{ user: Principal }>();
    if (roles.includes(user.role)) return true;
    return this.refuse(context, user);
  }

  /** A refused attempt to use an administrative route is recorded in the audit trail. */
  private async refuse(context: ExecutionContext, { accountId }: Principal): Promise<never> {
    const error = new SessionError('forbidden', 'Your account may not do this.');
    this.log.warn({ event: 'auth.forbidden', code: error.code, userId: accountId });
    await this.calls.recordRefused(context, error);
    throw error;
  }
}
