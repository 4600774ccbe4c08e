import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { auditPolicyOf } from './audit-policy.js';
import type { AuditRecordFactory } from './audit-record.factory.js';
import type { AuditEntry } from './audit-trail.js';
import { type CallEnd, entryOf } from './call-entry.js';
import { countAction } from './counted-actions.js';

/**
 * The record of the call being served, for a handler whose work ends in a transaction: what the call changes and the
 * record of it are then durable at once, in one commit.
 */
export class CallAudit {
  private written = false;

  constructor(
    private readonly context: ExecutionContext,
    private readonly factory: AuditRecordFactory,
  ) {}

  /** Whether the record is durable or will be, so that the interceptor has none to write. */
  get isWritten(): boolean {
    return this.written;
  }

  /** Inserts the record of a call that ends so: `insert … select ?, …`, to which a `from` may be added. */
  statement(end: CallEnd): ReturnType<AuditRecordFactory['statement']> {
    const entry = this.entry(end);
    countAction(entry);
    return this.factory.statement(entry);
  }

  /** The record of a call that ends so. */
  entry(end: CallEnd): AuditEntry {
    return entryOf(auditPolicyOf(this.context.getHandler())!, this.context, end);
  }

  /**
   * To be called when the transaction with the statement has been committed; or before the handler returns, if the work
   * goes on after the answer and is recorded at its end.
   */
  markWritten(): void {
    this.written = true;
  }
}

interface AuditedRequest {
  callAudit?: CallAudit;
}

/** The record of the call, for a handler with `@Audit(…)` that writes it itself: the interceptor has left it there. */
export const CurrentAudit = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<AuditedRequest>().callAudit;
});

/** Leaves the record of a call for its handler. */
export function offerAudit(context: ExecutionContext, factory: AuditRecordFactory): CallAudit {
  const request = context.switchToHttp().getRequest<AuditedRequest>();
  return (request.callAudit = new CallAudit(context, factory));
}
