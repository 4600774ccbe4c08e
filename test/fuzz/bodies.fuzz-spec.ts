import fastify, { type FastifyError } from 'fastify';
import fc from 'fast-check';
import { hardenServer, SecurityError } from '../../libs/security/src/index.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const body = fc.oneof(
  fc.json().map((json) => Buffer.from(json)),
  anyText().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.json(), fc.nat(), fc.nat(255))
    .map(([json, at, byte]) =>
      Buffer.from(json).fill(byte, at % json.length, (at % json.length) + 1),
    ),
  fc
    .tuple(fc.constantFrom('[', '{"a":', '[[],', '{"__proto__":', '{"a":1,'), fc.nat(2_000))
    .map(([part, times]) => Buffer.from(part.repeat(times))),
);
const contentType = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8') },
  fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'application/json;;', ''),
);

it(
  'bodies: JSON in UTF-8 is read as it stands, and anything else is refused',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const server = fastify({ bodyLimit: 65_536 });
    hardenServer(server);
    server.setErrorHandler((error: FastifyError | SecurityError, _request, reply) =>
      reply.status(error instanceof SecurityError ? 400 : (error.statusCode ?? 500)).send(),
    );
    server.post('/', (request) => ({ read: request.body ?? null }));
    await fuzz(
      'bodies',
      fc.asyncProperty(body, contentType, async (payload, type) => {
        const headers = { 'content-type': type, 'content-length': String(payload.length) };
        const answer = await server.inject({ method: 'POST', url: '/', headers, payload });
        expect([200, 400, 413, 415]).toContain(answer.statusCode);
        if (answer.statusCode !== 200 || payload.length === 0) return;
        expect(type).toMatch(/^application\/json/);
        const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
        // The answer is JSON again, which has neither -0 nor what 1e999 is read as.
        const read = JSON.parse(JSON.stringify(JSON.parse(text))) as unknown;
        expect(answer.json<{ read: unknown }>().read).toEqual(read);
      }),
    );
    await server.close();
  },
);
