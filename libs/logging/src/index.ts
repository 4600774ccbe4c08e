export { loggingConfig } from './logging.config.js';
export { LoggingModule, type LoggingModuleOptions } from './logging.module.js';
export { Audit } from './audit/audit.decorator.js';
export { auditOfRoute, type AuditPolicy, type AuditedCall } from './audit/audit-policy.js';
export { AuditObject } from './audit/audit-object.js';
export { type CallAudit, CurrentAudit } from './audit/call-audit.js';
export { AuditedCalls } from './audit/audited-calls.js';
export { AuditDataSource } from './audit/audit-data.source.js';
export {
  AuditTrail,
  type AuditEntry,
  type AuditFilter,
  type AuditRecordRow,
  type RecordAudit,
} from './audit/audit-trail.js';
export { logRequests } from './logger/access-log.js';
export {
  answered,
  currentRequest,
  tagRequestAccount,
  type RequestContext,
} from './requests/request-context.js';
