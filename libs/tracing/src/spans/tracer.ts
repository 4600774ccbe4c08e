/**
 * What a span may say. A name that is not here is a decision about what leaves this service: they are routes, ids of
 * files, codes and numbers; never what people wrote, what they are called, tokens, or values of statements.
 */
export type SpanAttributes = Readonly<
  Partial<
    Record<
      | 'http.request.method'
      | 'http.route'
      | 'http.response.status_code'
      | 'gateway.profile'
      | 'gateway.run.outcome'
      | 'gen_ai.operation.name'
      | 'gen_ai.request.model'
      | 'gen_ai.response.time_to_first_chunk'
      | 'mcp.server'
      | 'gen_ai.tool.name'
      | 'gateway.tool.outcome'
      | 'db.system.name'
      | 'db.query.summary'
      | 'error.type',
      string | number
    >
  >
>;

export interface SpanStart {
  readonly name: string;
  /** Whether it is work for a caller, a call of something else, or neither. @default internal */
  readonly kind?: 'server' | 'client';
  readonly attributes?: SpanAttributes;
  /** The header of a caller that is believed. @default the span that the work is a part of */
  readonly traceparent?: string;
}

/** Hexadecimal, as log lines have them. */
export interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** One piece of work in a trace. */
export interface Span {
  readonly ids: TraceIds;
  /** Runs `work`, and what it starts, as a part of this span. */
  run<T>(work: () => T): T;
  set(attributes: SpanAttributes): void;
  /** @param type a code or the name of a class; no message, which may quote what people sent */
  fail(type: string): void;
  end(): void;
}

/** What keeps spans. */
export interface Tracer {
  begin(start: SpanStart): Span;
  /** The ids of the span that the work is a part of. */
  current(): TraceIds | undefined;
  /** The header that makes the work of another service a part of this trace. */
  traceparent(): string | undefined;
}
