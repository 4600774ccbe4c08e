import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TracerProvider,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../tracing.config.js';
import { OpenTelemetryTracer } from './open-telemetry.tracer.js';

/** What waits for a collector at most; what comes then is left out. Spans. */
const MAX_WAITING_SPANS = 2_048;

/** How long a span waits for others before they are sent together. Milliseconds. */
const SEND_INTERVAL_MS = 1_000;

/** How long the end of the process waits for the last ones. Milliseconds. */
const LAST_SEND_MS = 2_000;

/** Sends spans to a collector in the background. One that is away or slow costs spans and nothing else. */
export class TraceExport {
  readonly tracer: OpenTelemetryTracer;
  private readonly provider: TracerProvider;

  constructor(config: TracingConfig, exporter: SpanExporter) {
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': config.serviceName }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.ratio) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: MAX_WAITING_SPANS,
          scheduledDelayMillis: SEND_INTERVAL_MS,
          exportTimeoutMillis: config.timeoutMs,
        }),
      ],
    });
    this.tracer = new OpenTelemetryTracer(this.provider.getTracer('mcp-gateway'));
  }

  async end(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, LAST_SEND_MS);
    });
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}
