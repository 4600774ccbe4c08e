import { type AuditedCall, AuditObject } from '@app/logging';

/** The incident of a call, for the audit trail. */
export const theIncident = ({ params, result }: AuditedCall) =>
  AuditObject.ofId('incident', params.incidentId ?? (result as { id?: string } | undefined)?.id);
