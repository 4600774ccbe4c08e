import Fastify from 'fastify';
import jwt from 'jsonwebtoken';

/**
 * The peers: what is left of the gateway when everything but the check of the token is taken away. One verifies the
 * signature with `jsonwebtoken` on each request, the other once per token. Both answer with the bytes of the gateway.
 */
const { BENCH_PORT, BENCH_KIND, BENCH_SECRET, BENCH_PAYLOAD } = process.env as Record<
  string,
  string
>;
const payload: unknown = JSON.parse(BENCH_PAYLOAD!);
const server = Fastify();

/** When each verified token expires. Seconds since 1970. */
const remembered = new Map<string, number>();

server.get('/api/profiles', (request, reply) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  if ((remembered.get(token) ?? 0) > Date.now() / 1000) return reply.send(payload);
  try {
    const claims = jwt.verify(token, BENCH_SECRET!, {
      algorithms: ['HS256'],
      issuer: 'mcp-gateway',
      audience: 'mcp-mobile-app',
    });
    if (BENCH_KIND === 'remembers') remembered.set(token, (claims as jwt.JwtPayload).exp!);
  } catch {
    return reply.status(401).send({ success: false });
  }
  return reply.send(payload);
});

await server.listen({ host: '127.0.0.1', port: Number(BENCH_PORT) });
