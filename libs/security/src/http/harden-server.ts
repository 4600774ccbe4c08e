import type { FastifyInstance } from 'fastify';
import { SecurityError } from '../errors/security.error.js';
import { isTooComplex } from './json-complexity.js';
import { securityHeaders } from './security-headers.js';

/** What must hold for every answer, also for those that no route gives: headers, and JSON as the only body. */
export function hardenServer(server: FastifyInstance): void {
  const headers = securityHeaders();
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(isDocs(request.url) ? headers.docs : headers.api);
    done();
  });
  acceptOnlyJson(server);
}

function isDocs(url: string): boolean {
  return url === '/docs' || url.startsWith('/docs/');
}

const TOO_COMPLEX = new SecurityError('malformed_body', 'The body has too many levels or parts.');

/**
 * `application/json` and nothing else: a form or plain text from a foreign page would need no preflight
 * (ASVS 5.0, 3.5.2). An empty body is no body: HTTP clients send the content type of JSON with every POST.
 */
function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else if (isTooComplex(body as string)) done(TOO_COMPLEX);
    else void parse(request, body as string, done);
  });
}
