export { SecurityModule } from './security.module.js';
export { securityConfig, type SecurityConfig } from './security.config.js';
export { httpConfig, type HttpConfig } from './http/http.config.js';
export { serverOptions } from './http/server-options.js';
export { drainOnClose } from './http/drain-on-close.js';
export { hardenServer } from './http/harden-server.js';
export { corsPolicy } from './http/cors.js';
export { DomainError, type ErrorDetail } from './errors/domain.error.js';
export { SecurityError, type SecurityErrorCode } from './errors/security.error.js';
export { ErrorStatuses } from './errors/error-statuses.js';
export { SafeErrorFilter } from './errors/safe-error.filter.js';
export { AfterAnswer } from './responses/after-answer.decorator.js';
export { BareResponse, EnvelopeInterceptor } from './responses/envelope.interceptor.js';
export { ErrorEnvelope } from './responses/error-envelope.view.js';
export { ApiEnvelope, ApiEnvelopeOfList } from './responses/api-envelope.decorator.js';
export { inputPipe } from './validation/input.pipe.js';
export { IsPlainText, isPlainText } from './validation/plain-text.decorator.js';
export {
  ClientThrottlerGuard,
  LoginThrottlerGuard,
  PrincipalThrottlerGuard,
} from './throttling/policy-throttler.guard.js';
export { clientAddress } from './throttling/client-address.js';
export { EventCounters, type EventCount } from './throttling/event-counters.js';
export { type Limit, limitOf, limitVariable } from './throttling/limit.js';
export { LimitData } from './throttling/limit-data.js';
export { SharedCounters } from './throttling/shared-counters.js';
export { foldedName } from './throttling/folded-name.js';
export { limitsOfRoute } from './throttling/limits-of-route.js';
export { LimitedBy, LimitedByFailures, Unlimited } from './throttling/throttling.decorators.js';
