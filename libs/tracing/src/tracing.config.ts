import {
  booleanVariable,
  choiceVariable,
  integerVariable,
  parsedSecretVariable,
  parsedVariable,
  parseEnvironment,
  splitList,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';

export interface TracingConfig {
  /** Where spans go. @default nowhere */
  readonly url: string | undefined;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** What the collector wants in each request, such as a key. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long one request to it may take. Milliseconds. */
  readonly timeoutMs: number;
  readonly serviceName: string;
  /** Whether the proxies in TRUST_PROXY are believed in what trace a call is a part of. @default false */
  readonly believesProxies: boolean;
  /** The part of all traces that is kept, where the caller has not decided. */
  readonly ratio: number;
}

interface TracingVariables {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;
  OTEL_EXPORTER_OTLP_PROTOCOL: TracingConfig['protocol'];
  OTEL_EXPORTER_OTLP_HEADERS?: TracingConfig['headers'];
  OTEL_EXPORTER_OTLP_TIMEOUT: number;
  OTEL_SERVICE_NAME: string;
  OTEL_TRACES_SAMPLER_ARG: number;
  TRACE_PARENT_OF_PROXIES: boolean;
}

/** What gathers spans beside the gateway answers at once. Milliseconds. */
const TIMEOUT_MS = 10_000;

export const tracingConfig = registerAs('tracing', (): TracingConfig => {
  const variables = parseEnvironment<TracingVariables>(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: parsedVariable(urlOf)
        .optional()
        .describe(
          'Address of the OpenTelemetry collector that gets the traces, without /v1/traces.',
        ),
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: parsedVariable(urlOf)
        .optional()
        .describe('The complete address of the collector, used unchanged.'),
      OTEL_EXPORTER_OTLP_PROTOCOL: choiceVariable(
        ['http/protobuf', 'http/json'],
        'http/protobuf',
      ).describe('How traces are sent.'),
      OTEL_EXPORTER_OTLP_HEADERS: parsedSecretVariable(headersOf)
        .optional()
        .describe('Headers of the requests to the collector, as name=value,name=value.'),
      OTEL_EXPORTER_OTLP_TIMEOUT: integerVariable(TIMEOUT_MS, { min: 100, max: 60_000 }).describe(
        'Timeout of one request to the collector. Milliseconds.',
      ),
      OTEL_SERVICE_NAME: textVariable({ longest: 100 })
        .default('mcp-gateway')
        .describe('Name of this service in traces.'),
      OTEL_TRACES_SAMPLER_ARG: parsedVariable(ratioOf)
        .default(1)
        .describe('Share of the traces that is sampled: a number from 0 to 1.'),
      TRACE_PARENT_OF_PROXIES: booleanVariable(false).describe(
        'Whether the traceparent of a proxy in TRUST_PROXY is trusted. Only if the proxy sets its own.',
      ),
    },
    process.env,
  );
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } =
    variables;
  return {
    url: whole ?? (base && `${base.replace(/\/$/, '')}/v1/traces`),
    protocol: variables.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: variables.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    timeoutMs: variables.OTEL_EXPORTER_OTLP_TIMEOUT,
    serviceName: variables.OTEL_SERVICE_NAME,
    believesProxies: variables.TRACE_PARENT_OF_PROXIES,
    ratio: variables.OTEL_TRACES_SAMPLER_ARG,
  };
});

function urlOf(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.hash) return text;
  throw new Error('must be an address such as http://collector:4318');
}

function ratioOf(text: string): number {
  if (/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) return Number(text);
  throw new Error('must be a number from 0 to 1, such as 0.1');
}

/** As OpenTelemetry has them: values are percent-encoded. */
function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    splitList(text).map((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, Math.max(at, 0)).trim();
      if (name === '') throw new Error('must be name=value,name=value');
      return [name, decoded(pair.slice(at + 1).trim())];
    }),
  );
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new Error('must have each % of a value as %25: values are percent-encoded');
  }
}
