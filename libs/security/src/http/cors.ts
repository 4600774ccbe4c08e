import type { FastifyCorsOptions } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';

type Answer = (error: Error | null, options: FastifyCorsOptions) => void;

/**
 * CORS for the listed origins, compared as whole strings. Any other origin gets an answer without a single CORS
 * header, which the browser then keeps from the page.
 */
export function corsPolicy(allowedOrigins: readonly string[]) {
  const allowed = new Set(allowedOrigins);
  return () => (request: FastifyRequest, answer: Answer) => {
    const { origin } = request.headers;
    answer(null, origin !== undefined && allowed.has(origin) ? ALLOWED : REFUSED);
  };
}

const REFUSED: FastifyCorsOptions = { origin: false };

const ALLOWED: FastifyCorsOptions = {
  origin: true,
  credentials: true,
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: ['Content-Type', 'Authorization', 'DPoP'],
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
