import { counter, histogram } from '@app/metrics';
import type { FastifyInstance } from 'fastify';

/** From what a remembered answer takes to what a model takes. Seconds. */
const DURATIONS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

const requests = counter({
  name: 'gateway_http_requests_total',
  help: 'Requests by the pattern of their route and the status of their answer; left: the client disconnected before the end of the answer.',
  labels: ['method', 'route', 'status'],
});

const durations = histogram(
  {
    name: 'gateway_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer. For a stream this includes the time until it closes.',
    labels: ['method', 'route'],
  },
  DURATIONS,
);

/** Those that have routes. Any other is a word of a client. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);

/** In the place of a status: the client has left before the end of its answer. */
const LEFT = 'left';

export function measureRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : 'other';
    // Not `onResponse`, which never comes where the client has left before the end of the answer.
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? 'none';
      const status = reply.raw.writableFinished ? String(reply.raw.statusCode) : LEFT;
      requests.add({ method, route, status });
      durations.observe({ method, route }, reply.elapsedTime / 1_000);
    });
    done();
  });
}
