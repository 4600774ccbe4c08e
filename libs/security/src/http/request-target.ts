import type { IncomingMessage } from 'node:http';

/** Where a request is routed whose target is no address: to a call that is counted, and refused once it is. */
const COUNTED = '/api';

/**
 * The target of a request as the router takes it. What the router cannot decode, and a target that is no path, would
 * meet no hook: neither the limits nor the headers of every answer.
 */
export function routedTarget({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  if (url.startsWith('*')) return `/${url}`;
  return isDecodable(url) ? url : COUNTED;
}

/** Whether the path of a target is percent-encoded as it should be (RFC 3986 §2.1). */
export function isDecodable(target: string): boolean {
  if (!target.includes('%')) return true;
  try {
    decodeURIComponent(target.split(/[?#]/)[0]!);
    return true;
  } catch {
    return false;
  }
}

/** Whether a target names another host than the header does (RFC 9112 §3.2.2). */
export function namesOtherHost(target: string, host: string): boolean {
  if (target.startsWith('/')) return false;
  const [, named] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(target) ?? [];
  return named !== undefined && named.toLowerCase() !== host.toLowerCase();
}
