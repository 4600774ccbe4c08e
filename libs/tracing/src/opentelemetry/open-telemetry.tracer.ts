import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span as KeptSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as Keeper,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span, SpanStart, TraceIds, Tracer } from '../spans/tracer.js';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/**
 * Spans by the SDK of OpenTelemetry. Nothing is registered with its global API, through which any package could add spans
 * with what it holds.
 */
export class OpenTelemetryTracer implements Tracer {
  private readonly contexts = new AsyncLocalStorage<Context>();
  private readonly propagator = new W3CTraceContextPropagator();

  constructor(private readonly keeper: Keeper) {}

  begin({ name, kind, attributes = {}, traceparent }: SpanStart): Span {
    const parent = traceparent
      ? this.propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter)
      : (this.contexts.getStore() ?? ROOT_CONTEXT);
    const options = { kind: kind ? KINDS[kind] : SpanKind.INTERNAL, attributes: { ...attributes } };
    const span = this.keeper.startSpan(name, options, parent);
    return this.spanOf(span, trace.setSpan(parent, span));
  }

  current(): TraceIds | undefined {
    const span = this.contexts.getStore();
    const ids = span && trace.getSpanContext(span);
    return ids && isSpanContextValid(ids) ? ids : undefined;
  }

  traceparent(): string | undefined {
    const carrier: Record<string, string> = {};
    const context = this.contexts.getStore();
    if (context) this.propagator.inject(context, carrier, defaultTextMapSetter);
    return carrier.traceparent;
  }

  private spanOf(span: KeptSpan, context: Context): Span {
    return {
      ids: span.spanContext(),
      run: (work) => this.contexts.run(context, work),
      set: (attributes) => void span.setAttributes({ ...attributes }),
      fail: (type) => {
        span.setAttribute('error.type', type);
        span.setStatus({ code: SpanStatusCode.ERROR });
      },
      end: () => span.end(),
    };
  }
}
