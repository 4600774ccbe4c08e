import { SetMetadata } from '@nestjs/common';

/** What an audited call acted on. */
export interface AuditObject {
  readonly type: string;
  readonly id: string;
}

/** What the record can be filled from: the request's parts and, if the call succeeded, its result. */
export interface AuditedCall {
  readonly params: Record<string, string | undefined>;
  readonly body: unknown;
  readonly result: unknown;
}

export interface AuditPolicy {
  /** `subject.verb`, e.g. `conversation.deleted`. */
  readonly action: string;
  readonly object?: (call: AuditedCall) => AuditObject | undefined;
  /** Who acted, where nobody is signed in yet; otherwise the principal of the request. */
  readonly actor?: (call: AuditedCall) => string | undefined;
}

export const AUDIT_POLICY = Symbol('AUDIT_POLICY');

/** Leaves a record of each call in the audit trail, however it ends. */
export const Audit = (policy: AuditPolicy) => SetMetadata(AUDIT_POLICY, policy);
