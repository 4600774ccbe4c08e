import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { catchError, from, map, mergeMap, type Observable } from 'rxjs';
import { AuditTrail } from './audit-trail.service.js';
import {
  AUDIT_POLICY,
  type AuditObject,
  type AuditPolicy,
  type AuditedCall,
} from './audit.decorator.js';

type AuditedRequest = FastifyRequest & { user?: { userId: string } };

/** Records the calls that carry `@Audit(…)`; the answer waits until its record is durable. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(AuditTrail) private readonly trail: AuditTrail,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const policy = this.reflector.get<AuditPolicy | undefined>(AUDIT_POLICY, context.getHandler());
    if (!policy) return next.handle();
    const request = context.switchToHttp().getRequest<AuditedRequest>();
    return next.handle().pipe(
      mergeMap((result) =>
        from(this.record(policy, request, 'succeeded', result)).pipe(map(() => result)),
      ),
      catchError((error: unknown) =>
        from(this.record(policy, request, outcomeOf(error), undefined)).pipe(
          map(() => {
            throw error;
          }),
        ),
      ),
    );
  }

  private record(
    policy: AuditPolicy,
    request: AuditedRequest,
    outcome: string,
    result: unknown,
  ): Promise<void> {
    const call: AuditedCall = {
      params: request.params as AuditedCall['params'],
      body: request.body,
      result,
    };
    const object = objectOf(policy, call);
    return this.trail.record({
      actorId: request.user?.userId ?? policy.actor?.(call),
      action: policy.action,
      objectType: object?.type,
      objectId: object?.id,
      outcome,
      ip: request.ip,
      requestId: request.id,
    });
  }
}

/** The input has perhaps been refused, and may be anything: what is no plain id is left out of the record. */
function objectOf(policy: AuditPolicy, call: AuditedCall): AuditObject | undefined {
  const object = policy.object?.(call);
  return object && typeof object.id === 'string' && /^[\w.-]{1,100}$/.test(object.id)
    ? object
    : undefined;
}

/** A domain error's code; anything without one is ours to explain, and only in the log. */
function outcomeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : 'internal_error';
}
