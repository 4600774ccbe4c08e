import type { FastifyInstance } from 'fastify';
import { SecurityError } from '../errors/security.error.js';
import { isDecodable, namesOtherHost } from './request-target.js';

/**
 * Headers by which a request is routed, framed or authenticated: a proxy may have read the other one of two. Not `DPoP`:
 * two of them are one proof that is invalid (RFC 9449 §4.3, 1).
 */
const AT_MOST_ONCE = [
  'host',
  'content-length',
  'transfer-encoding',
  'content-type',
  'authorization',
];

/** A bit for each of them: a request is looked at without making anything for it. */
const BITS = new Map(AT_MOST_ONCE.map((name, at) => [name, 1 << at]));

const HOST = /^[\w.~!$&'()*+,;=:%[\]-]*$/;

const UNREADABLE_TARGET = new SecurityError('malformed_body', 'The request could not be read.');

/** Refuses requests that can be read in two ways (RFC 9112 §3.2 and §6.3), and those without a host. */
export function refuseAmbiguousHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { rawHeaders, httpVersion, headers } = request.raw;
    if (!isDecodable(request.originalUrl)) return done(UNREADABLE_TARGET);
    const lacksHost = headers.host === undefined && httpVersion !== '1.0';
    const host = headers.host ?? '';
    const isOfOneHost = !lacksHost && HOST.test(host) && !namesOtherHost(request.originalUrl, host);
    if (isOfOneHost && !hasTwice(rawHeaders)) return done();
    // What follows on this connection cannot be told from the body of this request.
    reply.header('Connection', 'close');
    done(new SecurityError('malformed_body', 'The headers of the request are ambiguous.'));
  });
}

/** Names and values in turn. */
function hasTwice(rawHeaders: readonly string[]): boolean {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const bit = BITS.get(rawHeaders[at]!.toLowerCase()) ?? 0;
    if ((seen & bit) !== 0) return true;
    seen |= bit;
  }
  return false;
}
