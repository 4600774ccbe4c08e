import { beginSpan, beginTracing, type Span, type TracingConfig } from '@app/tracing';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Those that have routes. Any other is a word of a client. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);

/**
 * Makes a span of each request where a collector is configured; without one not even a hook is added. The trace of a
 * caller goes on only if it comes from a proxy that is believed: others could put their calls into anyone's trace, and
 * have each of them kept.
 */
export async function traceRequests(
  server: FastifyInstance,
  config: TracingConfig,
  isProxy: (ip: string) => boolean,
): Promise<void> {
  const end = await beginTracing(config);
  if (!end) return;
  const spans = new WeakMap<FastifyRequest, Span>();
  server.addHook('onClose', end);
  server.addHook('onRequest', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : '_OTHER';
    const route = request.routeOptions.url ?? 'none';
    const given = request.headers.traceparent;
    const { remoteAddress } = request.socket;
    const isBelieved = config.believesProxies && remoteAddress && isProxy(remoteAddress);
    const span = beginSpan({
      name: `${method} ${route}`,
      kind: 'server',
      attributes: { 'http.request.method': method, 'http.route': route },
      ...(isBelieved && typeof given === 'string' ? { traceparent: given } : {}),
    });
    if (!span) return done();
    reply.raw.once('close', () => {
      const { statusCode, writableFinished } = reply.raw;
      if (writableFinished) span.set({ 'http.response.status_code': statusCode });
      else span.fail('left');
      if (statusCode >= 500) span.fail(String(statusCode));
      span.end();
    });
    spans.set(request, span);
    span.run(done);
  });
  // What reads the body does not keep the context.
  server.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.run(done);
    else done();
  });
}
