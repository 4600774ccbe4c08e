import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/**
 * CORS for the listed origins, compared as whole strings. Any other origin gets an answer without a single CORS
 * header, which the browser then keeps from the page. Native apps have no origin: without a list no call is looked at.
 *
 * It is not `app.enableCors`, which sets every header of every answer a second time.
 */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  void server.register(cors, {
    ...POLICY,
    origin: (origin, answer) => answer(null, origin !== undefined && allowed.has(origin)),
  });
}

const POLICY: FastifyCorsOptions = {
  credentials: true,
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: [
    'Content-Type',
    'Authorization',
    'DPoP',
    'Idempotency-Key',
    'Prefer',
    'Last-Event-ID',
  ],
  exposedHeaders: [
    'RateLimit',
    'RateLimit-Policy',
    'Retry-After',
    'X-Request-Id',
    'DPoP-Nonce',
    'WWW-Authenticate',
  ],
  maxAge: 600,
};
