import {
  policyOfRoute,
  type Principal,
  rolesOfRoute,
  stepUpOfRoute,
  type StepUpPolicy,
} from '@app/access';
import { AuditedCalls } from '@app/logging';
import { DomainError } from '@app/security';
import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { StepUpService } from './step-up.service.js';

/** Global: enforces `@RequiresStepUp()`. Runs after the guards that set the principal. */
@Injectable()
export class StepUpGuard implements CanActivate {
  private readonly log = new Logger('Authorization');
  private readonly policyOf = policyOfRoute(stepUpOfRoute);

  constructor(
    private readonly stepUp: StepUpService,
    private readonly calls: AuditedCalls,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const policy = this.policyOf(context);
    return !policy || this.assertRecent(policy, context);
  }

  private async assertRecent(policy: StepUpPolicy, context: ExecutionContext): Promise<true> {
    const { user } = context.switchToHttp().getRequest<{ user: Principal }>();
    try {
      await this.stepUp.assertRecent(user, policy);
      return true;
    } catch (error) {
      if (error instanceof DomainError) await this.note(error, user, context);
      throw error;
    }
  }

  /** A required step-up is routine; only refusals on administrative routes are recorded in the audit trail. */
  private async note(
    error: DomainError,
    { accountId }: Principal,
    context: ExecutionContext,
  ): Promise<void> {
    this.log.warn({ event: 'auth.forbidden', code: error.code, userId: accountId });
    if (!rolesOfRoute(context.getHandler(), context.getClass())) return;
    await this.calls.recordRefused(context, error);
  }
}
