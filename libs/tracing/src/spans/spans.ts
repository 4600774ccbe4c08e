import type { Span, SpanStart, TraceIds, Tracer } from './tracer.js';

let tracer: Tracer | undefined;

/** From now on spans are kept. */
export function keepSpans(by: Tracer): void {
  tracer = by;
}

/** A span that the caller ends; undefined where no traces are kept. */
export function beginSpan(start: SpanStart): Span | undefined {
  return tracer?.begin(start);
}

/**
 * Work as a span of the trace that it is a part of. What no request has begun, such as a job that comes round twice a
 * second, is no part of one. Where no traces are kept it costs a look at a variable.
 */
export function traced<T>(start: () => SpanStart, work: (span?: Span) => Promise<T>): Promise<T> {
  return tracer?.current() ? within(tracer.begin(start()), work) : work();
}

export function currentTrace(): TraceIds | undefined {
  return tracer?.current();
}

export function traceparent(): string | undefined {
  return tracer?.traceparent();
}

async function within<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await span.run(() => work(span));
  } catch (error) {
    span.fail(typeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** A code of ours, or the name of the class. */
function typeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && /^[\w.]{1,60}$/.test(code)) return code;
  return error instanceof Error ? error.constructor.name : 'Error';
}
