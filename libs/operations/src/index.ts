export { OperationsModule } from './operations.module.js';
export { BlocksModule } from './blocks/blocks.module.js';
export { BlockListService } from './blocks/block-list.service.js';
export { BlockService, type NewBlock } from './blocks/block.service.js';
export { isNetwork } from './blocks/network.js';
export { refuseBlocked } from './blocks/refuse-blocked.js';
export { AffectedAccountService } from './incidents/affected-account.service.js';
export { MAX_ACTIONS_PER_CALL } from './incidents/containment.dto.js';
export type { ContainmentRequest } from './incidents/containment-deeds.service.js';
export { ContainmentService } from './incidents/containment.service.js';
export type { ContainmentView } from './incidents/containment.view.js';
export { IncidentChecklistService } from './incidents/incident-checklist.service.js';
export { ITEM_STATES } from './incidents/item-state.js';
export { INCIDENT_KINDS, INCIDENT_SEVERITIES } from './incidents/incident-kind.js';
export { CHECKLIST_PHASES, INCIDENT_PHASES } from './incidents/incident-phase.js';
export { IncidentEventService } from './incidents/incident-event.service.js';
export { IncidentOpeningService } from './incidents/incident-opening.service.js';
export { IncidentReportService, REPORT_FORMATS } from './incidents/incident-report.service.js';
export { IncidentService } from './incidents/incident.service.js';
export type { IncidentDetailView } from './incidents/incident.view.js';
export type { Operator } from './incidents/operator.js';
export { toTrace } from './incidents/to-trace.js';
export { IncidentsModule } from './incidents/incidents.module.js';
export { IncidentDataSource } from './incidents/incident-data.source.js';
export type { IncidentErrorCode } from './incidents/incident.error.js';
export type { SwitchErrorCode } from './switches/switch.error.js';
export { parsePart } from './switches/switch-target.js';
export { SwitchDataSource } from './switches/switch-data.source.js';
export { SwitchesModule } from './switches/switches.module.js';
export {
  type NewSwitch,
  type SwitchFilter,
  type SwitchOperator,
  SwitchService,
} from './switches/switch.service.js';
export { detectionConfig } from './detection/settings/detection.config.js';
export { eventsConfig } from './events/events.config.js';
export { SecurityEventDataSource } from './events/security-event-data.source.js';
export { type EventFilter, SecurityEventService } from './events/security-event.service.js';
export type { Finding, FoldedFinding, Subject, SubjectType } from './events/security-finding.js';
export { SecurityEventsModule } from './events/security-events.module.js';
export { SecurityEventView } from './events/security-event.view.js';
export { SEVERITIES, type Severity } from './events/severity.js';
export { alertConfig } from './notifications/alert.config.js';
export { NotificationService } from './notifications/notification.service.js';
export { NOTIFICATION_STATES, type NotificationState } from './notifications/notification-state.js';
export { NotificationsModule } from './notifications/notifications.module.js';
export type { OperationsErrorCode } from './operations-error-code.js';
export {
  LogLevelChangeService,
  LONGEST_DURATION_MS as LONGEST_LEVEL_DURATION_MS,
} from './log-levels/log-level-change.service.js';
export { LogLevelChangesModule } from './log-levels/log-level-changes.module.js';
export type { LogLevelErrorCode } from './log-levels/log-level.error.js';
export { LimitChangeService } from './limits/limit-change.service.js';
export { LimitChangesModule } from './limits/limit-changes.module.js';
export type { LimitErrorCode } from './limits/limit.error.js';
