import { ServerResponse } from 'node:http';
import { isOfDocs, securityHeaders } from './security-headers.js';

const LINE_END = '\r\n';

/**
 * An answer of the server with the security headers, in whatever way it is written. They are the same for each answer and
 * are written as one text: set one by one, Fastify and Node.js look at each of them again, which takes a tenth of the CPU
 * time of a call.
 */
export class SecuredResponse extends ServerResponse {
  override writeHead(...head: [statusCode: number]): this {
    super.writeHead(...head);
    // All lines of the head and an empty one, as Node.js is about to write them.
    const written = this as unknown as { _header: string };
    const lines = written._header.slice(0, -LINE_END.length);
    written._header = lines + (isOfDocs(this.req.url ?? '') ? TEXT.docs : TEXT.api);
    return this;
  }
}

const HEADERS = securityHeaders();
const TEXT = { api: linesOf(HEADERS.api), docs: linesOf(HEADERS.docs) };

/** Header lines, and the empty one that ends a head. */
function linesOf(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}${LINE_END}`);
  return `${lines.join('')}${LINE_END}`;
}
