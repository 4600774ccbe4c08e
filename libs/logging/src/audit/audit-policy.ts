import { Reflector } from '@nestjs/core';
import type { AuditObject } from './audit-object.js';

/** What the record can be filled from: the request's parts, and the call's result or what it failed with. */
export interface AuditedCall {
  readonly params: Record<string, string | undefined>;
  readonly body: unknown;
  readonly result: unknown;
  readonly error: unknown;
}

export interface AuditPolicy {
  /** `subject.verb`, e.g. `conversation.deleted`; a function where what was asked for is a part of it. */
  readonly action: string | ((call: AuditedCall) => string);
  readonly object?: (call: AuditedCall) => AuditObject | undefined;
  /** The acting account, where the caller is not signed in yet; otherwise the principal of the request. */
  readonly actor?: (call: AuditedCall) => string | undefined;
  /** Leaves the address out: whose call it is never comes to light, so it could not be found to be erased. */
  readonly withoutAddress?: boolean;
}

/** The policy alone; `@Audit(…)` also binds the interceptor that goes by it. */
export const RecordedBy = Reflector.createDecorator<AuditPolicy>();

type Target = Parameters<Reflector['get']>[1];

/** The policy of a handler; undefined where its calls are not recorded. */
export function auditPolicyOf(handler: Target): AuditPolicy | undefined {
  return new Reflector().get<AuditPolicy | undefined>(RecordedBy, handler);
}

/** What a call is recorded as. */
export function actionOf({ action }: AuditPolicy, call: AuditedCall): string {
  return typeof action === 'string' ? action : action(call);
}

/** The action that a handler's calls are recorded as, of one that says nothing; undefined where they are not. */
export function auditOfRoute(handler: Target): string | undefined {
  const policy = auditPolicyOf(handler);
  return policy && actionOf(policy, { params: {}, body: {}, result: undefined, error: undefined });
}
