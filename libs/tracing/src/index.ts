export { tracingConfig, type TracingConfig } from './tracing.config.js';
export { beginTracing } from './opentelemetry/begin-tracing.js';
export type { Span, SpanAttributes, SpanStart, TraceIds, Tracer } from './spans/tracer.js';
export { beginSpan, currentTrace, traced, traceparent } from './spans/spans.js';
