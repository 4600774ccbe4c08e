import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, from, map, mergeMap, type Observable, of } from 'rxjs';
import { auditPolicyOf } from './audit-policy.js';
import { AuditedCalls } from './audited-calls.js';
import { AuditRecordFactory } from './audit-record.factory.js';
import { offerAudit } from './call-audit.js';

/** Records the calls of a route that carries `@Audit(…)`; the answer waits until its record is durable. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly calls: AuditedCalls,
    private readonly factory: AuditRecordFactory,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const policy = auditPolicyOf(context.getHandler());
    if (!policy) return next.handle();
    const audit = offerAudit(context, this.factory);
    return next.handle().pipe(
      mergeMap((result) =>
        audit.isWritten
          ? of(result)
          : from(this.calls.record(policy, context, { result })).pipe(map(() => result)),
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
