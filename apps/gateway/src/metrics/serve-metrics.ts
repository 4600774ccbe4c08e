import { MetricsText } from '@app/metrics';
import type { FastifyInstance } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { MetricsConfig } from './metrics.config.js';
import { measureRequests } from './request-metrics.js';

/** Scrapers that are connected at a time. */
const MOST_CONNECTIONS = 16;

/** How long a scraper may take to send its request. Milliseconds. */
const REQUEST_MS = 5_000;

/**
 * Collects metrics, and serves them where the configuration opens them: beside the API with a token, or alone on a port of
 * its own. Without either nothing is collected.
 *
 * @param host where the port of its own is bound
 */
export async function serveMetrics(
  server: FastifyInstance,
  { token, port }: MetricsConfig,
  host: string,
): Promise<void> {
  if (token === undefined && port === undefined) return;
  const metrics = await MetricsText.begin();
  measureRequests(server);
  if (token !== undefined) serveWithToken(server, metrics, token);
  if (port === undefined) return;
  const alone = await listen(metrics, port, host);
  server.addHook('onClose', (_server, done) => {
    alone.closeAllConnections();
    alone.close(() => done());
  });
}

function serveWithToken(server: FastifyInstance, metrics: MetricsText, token: string): void {
  const expected = digest(`Bearer ${token}`);
  server.get('/metrics', async ({ headers }, reply) => {
    if (!timingSafeEqual(digest(headers.authorization ?? ''), expected)) {
      return reply.status(401).header('WWW-Authenticate', 'Bearer realm="metrics"').send();
    }
    return reply.type(metrics.contentType).send(await metrics.read());
  });
}

async function listen(metrics: MetricsText, port: number, host: string): Promise<Server> {
  const options = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS };
  const server = createServer(options, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.read().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

/** Of one length, so that the comparison tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
