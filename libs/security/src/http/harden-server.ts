import type { FastifyInstance } from 'fastify';
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { SecurityError } from '../errors/security.error.js';
import { isTooComplex } from './json-complexity.js';
import { isOfDocs } from './security-headers.js';

/** What must hold for every answer, also for those that no route gives: none is cached, and JSON is the only body. */
export function hardenServer(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!isOfDocs(request.url)) reply.header('cache-control', 'no-store');
    done();
  });
  acceptOnlyJson(server);
  acceptEmptyBodies(server);
}

const NOT_UTF8 = new SecurityError('malformed_body', 'The body is not UTF-8.');
const ENCODED = new SecurityError(
  'unsupported_media_type',
  'Send the body as it is, without Content-Encoding.',
);
const TOO_COMPLEX = new SecurityError('malformed_body', 'The body has too many levels or parts.');

/**
 * `application/json` and nothing else: a form or plain text from a foreign page would need no preflight
 * (ASVS 5.0, 3.5.2). An empty body is no body: HTTP clients send the content type of JSON with every POST.
 */
function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (isEncoded(request.headers)) return done(ENCODED);
    // Decoding would put U+FFFD in the place of what is no UTF-8, and that would be stored (RFC 8259 §8.1).
    if (!isUtf8(bytes as Buffer)) return done(NOT_UTF8);
    const body = bytes.toString();
    if (body === '') done(null, undefined);
    else if (isTooComplex(body)) done(TOO_COMPLEX);
    else void parse(request, body, done);
  });
}

/** Nothing here unpacks what is compressed (RFC 9110 §15.5.16). */
function isEncoded({ 'content-encoding': coding = '' }: IncomingHttpHeaders): boolean {
  return !['', 'identity'].includes(coding.trim().toLowerCase());
}

/** A form without fields is what `curl -X POST -d ''` sends; of whatever type, an empty body is no body. */
function acceptEmptyBodies(server: FastifyInstance): void {
  server.addHook('onRequest', ({ headers }, _reply, done) => {
    const isEmpty = (headers['content-length'] ?? '0') === '0' && !headers['transfer-encoding'];
    // Also what is no type at all, such as an empty text: Fastify would refuse it before any parser.
    if (isEmpty) delete headers['content-type'];
    done();
  });
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined);
    else done(NO_JSON);
  });
}

const NO_JSON = new SecurityError('unsupported_media_type', 'Send the body as application/json.');
