export { SecurityModule } from './security.module.js';
export {
  LIMIT_NAMES,
  type LimitName,
  securityConfig,
  type SecurityConfig,
} from './security.config.js';
export { boundsOf, inBounds, LimitsInForce } from './throttling/limits-in-force.js';
export { LimitsModule } from './throttling/limits.module.js';
export { httpConfig, type HttpConfig } from './http/http.config.js';
export { serverOptions } from './http/server-options.js';
export { HeadGuard } from './http/head.guard.js';
export { refuseAmbiguousHeaders } from './http/single-headers.js';
export { connectionsConfig, type ConnectionsConfig } from './connections/connections.config.js';
export { drainOnClose } from './connections/drain-on-close.js';
export { beginInTurns } from './connections/fair-turns.js';
export { ServerConnections } from './connections/server-connections.js';
export { ShutdownDrain } from './connections/shutdown-drain.js';
export { useCanonicalAddress } from './http/request-address.js';
export { hardenServer } from './http/harden-server.js';
export { allowOrigins } from './http/cors.js';
export { DomainError, type ErrorDetail, type RefusalWarning } from './errors/domain.error.js';
export { SecurityError, type SecurityErrorCode } from './errors/security.error.js';
export { AuthChallenges, type Unauthenticated } from './errors/auth-challenges.js';
export { ErrorStatuses, OutageTest } from './errors/error-statuses.js';
export { SafeErrorFilter } from './errors/safe-error.filter.js';
export { AfterAnswer } from './responses/after-answer.decorator.js';
export { BareResponse, EnvelopeAdapter } from './responses/envelope.adapter.js';
export { ApiErrors, errorsOfRoute } from './responses/api-errors.decorator.js';
export { ApiRefusal } from './responses/api-refusal.decorator.js';
export { ApiEnvelope, ApiEnvelopeOfList } from './responses/api-envelope.decorator.js';
export { AcceptedAnswer, OwnAnswer } from './responses/own-answer.js';
export { EventStream } from './streams/event-stream.js';
export {
  type OpenStream,
  OpenStreams,
  type StreamEnd,
  type StreamOwner,
  type StreamPlace,
} from './streams/open-streams.js';
export { type StreamErrorCode } from './streams/stream.error.js';
export { streamsConfig } from './streams/streams.config.js';
export { inputPipe } from './validation/input.pipe.js';
export { IsId, IsIdList, type IdListOptions, type IdOptions } from './validation/id.decorator.js';
export { ListQuery } from './validation/list-query.dto.js';
export { IsPageLimit } from './validation/page-limit.decorator.js';
export { IsPlainText, isPlainText } from './validation/plain-text.decorator.js';
export { Trimmed, trimmed } from './validation/trimmed.decorator.js';
export {
  ClientThrottlerGuard,
  LoginThrottlerGuard,
  PrincipalThrottlerGuard,
} from './throttling/policy-throttler.guard.js';
export {
  addressMatcher,
  canonicalAddress,
  clientAddress,
  clientSite,
} from './throttling/client-address.js';
export { limitBeforeBody } from './throttling/limit-before-body.js';
export { EventCounters, type EventCount } from './throttling/event-counters.js';
export { refusePlainHttp } from './http/plain-http.js';
export { CSP_REPORTS_PATH } from './http/security-headers.js';
export { type Limit, limitOf, limitVariable } from './limit.js';
export { CurrentLimits, ToldLimits } from './throttling/told-limits.js';
export type { SpentLimit } from './throttling/rate-limit-headers.js';
export { LimitDataSource } from './throttling/limit-data.source.js';
export { RedisHealthIndicator } from './throttling/redis-health.indicator.js';
export { caseFold } from './throttling/case-fold.js';
export { limitsOfRoute } from './throttling/limits-of-route.js';
export { LimitedBy, LimitedByFailures, Unlimited } from './throttling/throttling.decorators.js';
