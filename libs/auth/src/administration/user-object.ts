import { type AuditedCall, AuditObject } from '@app/logging';

/** The account that a call of an administrator is about, for the audit trail. */
export const theUser = ({ params }: AuditedCall) => AuditObject.ofId('account', params.userId);
