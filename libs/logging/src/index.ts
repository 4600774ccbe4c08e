export { loggingConfig } from './logging.config.js';
export { LoggingModule, type LoggingModuleOptions } from './logging.module.js';
export {
  Audit,
  type AuditObject,
  type AuditPolicy,
  type AuditedCall,
} from './audit/audit.decorator.js';
export { AuditInterceptor } from './audit/audit.interceptor.js';
export { AuditTrail, type AuditEntry } from './audit/audit-trail.service.js';
export { logRequests } from './requests/access-log.js';
export { currentRequest, type RequestContext } from './requests/request-context.js';
