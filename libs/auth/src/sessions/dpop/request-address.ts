import type { FastifyRequest } from 'fastify';
import type { TLSSocket } from 'node:tls';

/** A `Host` that names this machine, with any port. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * The URI of a request, to compare `htu` with (RFC 9449 §4.3, 9). It is based on PUBLIC_URL, which may have a path that
 * a proxy strips, and not on `Host` or `X-Forwarded-Host`, with which a sender could make a proof for another server
 * match. Without PUBLIC_URL only requests with a loopback `Host` have a URI. A remote sender can forge that header
 * without gain: a proof for another server names another URI.
 */
export function requestAddress(
  request: Pick<FastifyRequest, 'headers' | 'url' | 'raw'>,
  publicUrl: string | undefined,
): URL | undefined {
  const base = publicUrl ?? loopbackOrigin(request);
  if (!base || !request.url.startsWith('/')) return undefined;
  // Concatenated: resolved as a reference, `//elsewhere/` would replace the host.
  return URL.parse(base + request.url) ?? undefined;
}

function loopbackOrigin({
  headers,
  raw,
}: Pick<FastifyRequest, 'headers' | 'raw'>): string | undefined {
  const { host } = headers;
  if (!host || !LOOPBACK.test(host)) return undefined;
  return `${(raw.socket as TLSSocket).encrypted ? 'https' : 'http'}://${host}`;
}

/**
 * Whether `htu` names that URI: compares scheme, host, port and path after normalization, without query and fragment.
 */
export function isAddress(htu: string, address: URL): boolean {
  const claimed = URL.parse(htu);
  return (
    claimed !== null &&
    claimed.origin === address.origin &&
    claimed.pathname === address.pathname &&
    claimed.username === '' &&
    claimed.password === ''
  );
}
