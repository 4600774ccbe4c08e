import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import { type AuditPolicy, auditPolicyOf } from './audit-policy.js';
import { type CallEnd, entryOf } from './call-entry.js';

/** Records calls in the trail as their `@Audit(…)` says. */
@Injectable()
export class AuditedCalls {
  constructor(private readonly trail: AuditTrail) {}

  /** A call that its handler has dealt with; resolves when the record is durable. */
  record(policy: AuditPolicy, context: ExecutionContext, end: CallEnd): Promise<void> {
    return this.trail.record(entryOf(policy, context, end));
  }

  /** A call that a guard turned away, so that no interceptor has met it. */
  async recordRefused(context: ExecutionContext, error: unknown): Promise<void> {
    const policy = auditPolicyOf(context.getHandler());
    if (policy) await this.record(policy, context, { error });
  }
}
