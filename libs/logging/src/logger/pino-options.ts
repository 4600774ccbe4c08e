import type { LogFn, LoggerOptions } from 'pino';
import type { LoggingConfig } from '../logging.config.js';
import { maskText } from '../masking/mask-text.js';
import { currentTrace, type TraceIds } from '@app/tracing';
import { currentRequest } from '../requests/request-context.js';
import { logFields } from './log-fields.js';
import type { LogLevels } from './log-levels.js';
import { timestamp } from './timestamp.js';

/** What every line says of where it is from. */
export const SERVICE_NAME = 'mcp-gateway';

/** Nest's account of how it wires itself up: dozens of lines at each start that no operator reads. */
const WIRING = new Set(['InstanceLoader', 'RouterExplorer', 'RoutesResolver', 'NestFactory']);

/**
 * One JSON object a line:
 * `{"level":"info","timestamp":"…Z","service":"mcp-gateway","requestId":"…","metadata":{…},"message":"…"}`.
 */
export function pinoOptions(
  config: Pick<LoggingConfig, 'level'>,
  levels: Pick<LogLevels, 'writes'>,
): LoggerOptions {
  return {
    level: config.level,
    base: { service: SERVICE_NAME },
    messageKey: 'message',
    timestamp: () => `,"timestamp":"${timestamp()}"`,
    formatters: {
      level: (label) => ({ level: label }),
      log: (given) => ({
        requestId: currentRequest()?.requestId,
        ...traceFields(currentTrace()),
        metadata: logFields(given),
      }),
    },
    hooks: { logMethod: writeBounded(levels) },
  };
}

/** Where the work is traced, a line names its trace. */
function traceFields(ids: TraceIds | undefined): Partial<TraceIds> {
  return ids ? { traceId: ids.traceId, spanId: ids.spanId } : {};
}

/**
 * Every call ends up as (fields, message): nothing is interpolated into a message, an error becomes a field,
 * and a line without a message is called by its event.
 */
function writeBounded(levels: Pick<LogLevels, 'writes'>) {
  return function (this: unknown, args: Parameters<LogFn>, write: LogFn, weight: number): void {
    const [first, second] = args as unknown as [unknown, unknown];
    const fields = fieldsOf(first);
    if (WIRING.has(fields.context as string) || !levels.writes(fields.context, weight)) return;
    const message = [first, second].find((part) => typeof part === 'string');
    const named = typeof fields.event === 'string' ? fields.event : 'error';
    write.call(this as never, fields, message ? maskText(message) : named);
  };
}

function fieldsOf(first: unknown): Record<string, unknown> {
  if (first instanceof Error) return { err: first };
  return typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
}
