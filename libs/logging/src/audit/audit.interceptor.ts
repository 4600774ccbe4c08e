import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, from, map, mergeMap, type Observable } from 'rxjs';
import { auditPolicyOf } from './audit.decorator.js';
import { AuditedCalls } from './audited-calls.service.js';

/** Records the calls that carry `@Audit(…)`; the answer waits until its record is durable. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(@Inject(AuditedCalls) private readonly calls: AuditedCalls) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const policy = auditPolicyOf(context.getHandler());
    if (!policy) return next.handle();
    return next.handle().pipe(
      mergeMap((result) =>
        from(this.calls.record(policy, context, { result })).pipe(map(() => result)),
      ),
      catchError((error: unknown) =>
        from(this.calls.record(policy, context, { error })).pipe(
          map(() => {
            throw error;
          }),
        ),
      ),
    );
  }
}
