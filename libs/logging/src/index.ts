export { auditConfig } from './audit-keys/audit.config.js';
export { AuditChainModule } from './audit-chain/audit-chain.module.js';
export { type AuditCheckpoint, checkpointsIn } from './audit-chain/audit-checkpoint.js';
export { CheckpointService } from './audit-chain/checkpoint.service.js';
export {
  AUDIT_EXPORT_FORMATS,
  type AuditExportFormat,
  AuditExportService,
} from './audit-export/audit-export.service.js';
export { ChainVerifier, type ChainSummary } from './audit-chain/chain-verifier.js';
export type { ChainFault } from './audit-chain/chain-fault.js';
export { loggingConfig } from './logging.config.js';
export type { LoggingModuleOptions } from './logger/open-logger.js';
export { LoggingModule } from './logging.module.js';
export { Audit } from './audit/audit.decorator.js';
export { auditOfRoute, type AuditPolicy, type AuditedCall } from './audit/audit-policy.js';
export { AuditObject } from './audit/audit-object.js';
export { type CallAudit, CurrentAudit } from './audit/call-audit.js';
export { AuditedCalls } from './audit/audited-calls.js';
export { AuditDataSource } from './audit-erasure/audit-data.source.js';
export {
  AuditedAccountsService,
  type AuditedAccounts,
  type AuditTrace,
} from './audit/audited-accounts.service.js';
export { outcomeOf } from './audit/outcome-of.js';
export {
  AuditTrail,
  type AuditEntry,
  type AuditFilter,
  type AuditRecordRow,
  type RecordAudit,
} from './audit/audit-trail.js';
export { logRequests } from './logger/access-log.js';
export {
  type ChangedLevel,
  LogLevels,
  MODULE_LEVELS,
  type ModuleLevel,
} from './logger/log-levels.js';
export { LOG_MODULES, type LogModule } from './logger/log-modules.js';
export {
  answered,
  currentRequest,
  tagRequestAccount,
  type RequestContext,
} from './requests/request-context.js';
