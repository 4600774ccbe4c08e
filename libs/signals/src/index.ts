export type {
  AuditChainBroken,
  CostSpent,
  LimitHit,
  RefreshReused,
  RequestRefused,
  SecuritySignal,
  SignalOf,
  SignalType,
  SignInCleared,
  SignInFailed,
  SignInSucceeded,
  ToolDefinitionChanged,
  ToolResultSuspicious,
} from './security-signal.js';
export { emitSignal, onSignals } from './security-signals.js';
