import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import pino from 'pino';
import { currentTrace, type TraceIds } from '@app/tracing';
import type { LogLevels } from './log-levels.js';
import { REQUESTS_MODULE } from './log-modules.js';
import { SERVICE_NAME } from './pino-options.js';
import { timestamp } from './timestamp.js';
import { runInRequest } from '../requests/request-context.js';

/** Of the requests that are traced: their last hook does not run as a part of them. */
const TRACES = new WeakMap<FastifyRequest, TraceIds>();

/** Gives each request its context, and writes one line when it is answered: never its address, headers or body. */
export function logRequests(
  server: FastifyInstance,
  log: Pick<pino.Logger, 'level'>,
  levels: Pick<LogLevels, 'writes'>,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    const trace = currentTrace();
    if (trace) TRACES.set(request, trace);
    runInRequest({ requestId: request.id, ip: request.ip, answer: reply.raw }, done);
  });
  const output = (log as unknown as Record<symbol, pino.DestinationStream>)[
    pino.symbols.streamSym
  ]!;
  server.addHook('onResponse', (request, reply, done) => {
    // The pattern, not the address: an address carries ids and whatever a client appends to it.
    const route = request.routeOptions.url ?? 'none';
    const level = levelOf(route, reply);
    if (levels.writes(REQUESTS_MODULE, pino.levels.values[level]!)) {
      output.write(accessLine(level, route, request, reply));
    }
    done();
  });
}

/** Probes call every few seconds. A successful one tells an operator nothing. */
function levelOf(route: string, { statusCode }: FastifyReply): 'debug' | 'info' {
  const isProbe = route === '/health' || route === '/health/ready';
  return isProbe && statusCode < 400 ? 'debug' : 'info';
}

/**
 * The line that the logger would write. It is put together here: each of its fields is our own word, a number or an id,
 * so that nothing has to be masked or left out, and the way through the logger takes as long as all guards together.
 */
export function accessLine(
  level: string,
  route: string,
  request: FastifyRequest,
  { statusCode, elapsedTime }: FastifyReply,
): string {
  const accountId = (request as { user?: { accountId?: string } }).user?.accountId;
  const trace = TRACES.get(request);
  const ids = trace ? `"traceId":"${trace.traceId}","spanId":"${trace.spanId}",` : '';
  const user = accountId === undefined ? '' : `,"userId":${JSON.stringify(accountId)}`;
  return (
    `{"level":"${level}","timestamp":"${timestamp()}","service":"${SERVICE_NAME}","requestId":"${request.id}",${ids}` +
    `"metadata":{"event":"http.request","method":"${request.method}","route":${JSON.stringify(route)},` +
    `"statusCode":${statusCode},"durationMs":${Math.round(elapsedTime)}${user}},"message":"http.request"}\n`
  );
}
