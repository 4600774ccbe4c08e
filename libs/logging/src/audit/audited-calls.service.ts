import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentRequest } from '../requests/request-context.js';
import { AuditTrail } from './audit-trail.service.js';
import {
  actionOf,
  type AuditedCall,
  type AuditObject,
  type AuditPolicy,
  auditPolicyOf,
} from './audit.decorator.js';

type AuditedRequest = FastifyRequest & { user?: { userId: string } };

/** What a call came to. */
type End = Pick<Partial<AuditedCall>, 'result' | 'error'>;

/** Records calls in the trail as their `@Audit(…)` says. */
@Injectable()
export class AuditedCalls {
  constructor(@Inject(AuditTrail) private readonly trail: AuditTrail) {}

  /** A call that its handler has dealt with; resolves when the record is durable. */
  record(policy: AuditPolicy, context: ExecutionContext, end: End): Promise<void> {
    const request = context.switchToHttp().getRequest<AuditedRequest>();
    const call: AuditedCall = {
      params: request.params as AuditedCall['params'],
      body: request.body,
      result: end.result,
      error: end.error,
    };
    const object = objectOf(policy, call) ?? noted();
    return this.trail.record({
      actorId: request.user?.userId ?? policy.actor?.(call),
      action: actionOf(policy, call),
      objectType: object?.type,
      objectId: object?.id,
      outcome: 'error' in end ? outcomeOf(end.error) : 'succeeded',
      ip: policy.withoutAddress ? '' : request.ip,
      requestId: request.id,
    });
  }

  /** A call that a guard turned away, so that no interceptor has met it. */
  async recordRefused(context: ExecutionContext, error: unknown): Promise<void> {
    const policy = auditPolicyOf(context.getHandler());
    if (policy) await this.record(policy, context, { error });
  }
}

/** The input has perhaps been refused, and may be anything: what is no plain id is left out of the record. */
function objectOf(policy: AuditPolicy, call: AuditedCall): AuditObject | undefined {
  const object = policy.object?.(call);
  return object && typeof object.id === 'string' && /^[\w.-]{1,100}$/.test(object.id)
    ? object
    : undefined;
}

/** The account that the call turned out to be about. */
function noted(): AuditObject | undefined {
  const id = currentRequest()?.accountId;
  return id ? { type: 'account', id } : undefined;
}

/** A domain error's code; anything without one is ours to explain, and only in the log. */
function outcomeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : 'internal_error';
}
