import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentRequest } from '../requests/request-context.js';
import type { AuditEntry } from './audit-trail.js';
import { actionOf, type AuditedCall, type AuditPolicy } from './audit-policy.js';
import { AuditObject, PERSON } from './audit-object.js';
import { outcomeOf } from './outcome-of.js';

type AuditedRequest = FastifyRequest & { user?: { accountId: string } };

/** What a call came to. */
export type CallEnd = Pick<Partial<AuditedCall>, 'result' | 'error'>;

/** What the trail keeps of a call, as its `@Audit(…)` says. */
export function entryOf(policy: AuditPolicy, context: ExecutionContext, end: CallEnd): AuditEntry {
  const request = context.switchToHttp().getRequest<AuditedRequest>();
  const call: AuditedCall = {
    params: request.params as AuditedCall['params'],
    body: request.body,
    result: end.result,
    error: end.error,
  };
  const object = policy.object?.(call) ?? notedAccount();
  return {
    actorId: request.user?.accountId ?? policy.actor?.(call),
    action: actionOf(policy, call),
    objectType: object?.type,
    objectId: object?.id,
    outcome: 'error' in end ? outcomeOf(end.error) : 'succeeded',
    // As it came: a socket that has been closed since tells no address.
    ip: policy.withoutAddress ? '' : (currentRequest()?.ip ?? request.ip),
    requestId: request.id,
  };
}

/** The account that the call turned out to be about. */
function notedAccount(): AuditObject | undefined {
  return AuditObject.ofId(PERSON, currentRequest()?.accountId);
}
