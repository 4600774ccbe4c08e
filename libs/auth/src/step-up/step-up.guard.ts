import { AuditedCalls } from '@app/logging';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import { AuthError } from '../auth.error.js';
import { rolesOfRoute } from '../guards/roles.decorator.js';
import { policyOfRoute } from '../guards/route-policy.js';
import type { Principal } from '../tokens/principal.js';
import { type StepUpPolicy, stepUpOfRoute } from './requires-step-up.decorator.js';
import { StepUpService } from './step-up.service.js';

/** Global: holds what `@RequiresStepUp()` demands. After the guards that know who calls. */
@Injectable()
export class StepUpGuard implements CanActivate {
  private readonly log = new Logger('Authorization');
  private readonly policyOf = policyOfRoute(stepUpOfRoute);

  constructor(
    @Inject(StepUpService) private readonly stepUp: StepUpService,
    @Inject(AuditedCalls) private readonly calls: AuditedCalls,
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
      if (error instanceof AuthError) await this.note(error, user, context);
      throw error;
    }
  }

  /** Most are asked for their proof in the course of things; in the trail are those who would administer. */
  private async note(
    error: AuthError,
    { userId }: Principal,
    context: ExecutionContext,
  ): Promise<void> {
    this.log.warn({ event: 'auth.forbidden', code: error.code, userId });
    if (!rolesOfRoute(context.getHandler(), context.getClass())) return;
    await this.calls.recordRefused(context, error);
  }
}
