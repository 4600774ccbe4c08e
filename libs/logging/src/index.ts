export { loggingConfig } from './logging.config.js';
export { LoggingModule, type LoggingModuleOptions } from './logging.module.js';
export {
  Audit,
  auditOfRoute,
  type AuditObject,
  type AuditPolicy,
  type AuditedCall,
} from './audit/audit.decorator.js';
export { AuditedCalls } from './audit/audited-calls.service.js';
export { AuditData } from './audit/audit-data.js';
export { AuditInterceptor } from './audit/audit.interceptor.js';
export {
  AuditTrail,
  type AuditEntry,
  type AuditFilter,
  type AuditRecordRow,
  type AuditWitness,
} from './audit/audit-trail.service.js';
export { logRequests } from './requests/access-log.js';
export {
  answered,
  currentRequest,
  noteAccount,
  type RequestContext,
} from './requests/request-context.js';
