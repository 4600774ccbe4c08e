import { keepSpans } from '../spans/spans.js';
import type { TracingConfig } from '../tracing.config.js';

/**
 * Keeps spans from now on, and sends them to the collector. Loads the libraries only where one is configured.
 *
 * @returns what sends the last ones, or nothing where no collector is configured
 */
export async function beginTracing(
  config: TracingConfig,
): Promise<(() => Promise<void>) | undefined> {
  const { url } = config;
  if (url === undefined) return undefined;
  const [{ TraceExport }, exporter] = await Promise.all([
    import('./trace-export.js'),
    exporterOf({ ...config, url }),
  ]);
  const sending = new TraceExport(config, exporter);
  keepSpans(sending.tracer);
  return () => sending.end();
}

async function exporterOf({
  protocol,
  url,
  headers,
  timeoutMs,
}: TracingConfig & { readonly url: string }) {
  const options = { url, headers: { ...headers }, timeoutMillis: timeoutMs };
  switch (protocol) {
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter(options);
    }
    case 'http/json': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
      return new OTLPTraceExporter(options);
    }
  }
}
