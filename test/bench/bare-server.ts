import Fastify from 'fastify';
import jwt from 'jsonwebtoken';

/**
 * The peer: what is left of the gateway when everything but the check of the token is taken away. It verifies the
 * signature with `jsonwebtoken` on each request and answers with the bytes that the gateway answers with.
 */
const { BENCH_PORT, BENCH_SECRET, BENCH_PAYLOAD } = process.env as Record<string, string>;
const payload: unknown = JSON.parse(BENCH_PAYLOAD!);
const server = Fastify();

server.get('/api/profiles', (request, reply) => {
  try {
    jwt.verify(request.headers.authorization?.slice('Bearer '.length) ?? '', BENCH_SECRET!, {
      algorithms: ['HS256'],
      issuer: 'mcp-gateway',
      audience: 'mcp-mobile-app',
    });
  } catch {
    return reply.status(401).send({ success: false });
  }
  return reply.send(payload);
});

await server.listen({ host: '127.0.0.1', port: Number(BENCH_PORT) });
