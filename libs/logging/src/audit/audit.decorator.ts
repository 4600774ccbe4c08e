import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { type AuditPolicy, RecordedBy } from './audit-policy.js';
import { AuditInterceptor } from './audit.interceptor.js';

/**
 * Leaves a record of each call in the audit trail, however it ends. The interceptor is bound to these routes alone: one
 * that is bound to all costs every call its observables.
 */
export const Audit = (policy: AuditPolicy) =>
  applyDecorators(RecordedBy(policy), UseInterceptors(AuditInterceptor));
