import type { FastifyRequest } from 'fastify';
import type { TLSSocket } from 'node:tls';

/** A `Host` that can only be this machine, with any port. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * The address of a request, without its query, to compare `htu` with (RFC 9449 §4.3, 9). Its origin is the one that
 * the operator has named: who writes `Host` or `X-Forwarded-Host` could make a proof for another server fit here.
 * Where none is named, there is an address only for calls that say they go to this machine. Whoever calls from elsewhere
 * can write that into `Host`, but gains nothing: a proof for another server names another address.
 */
export function requestAddress(
  request: Pick<FastifyRequest, 'headers' | 'url' | 'raw'>,
  publicUrl: string | undefined,
): URL | undefined {
  const origin = publicUrl ? new URL(publicUrl).origin : loopbackOrigin(request);
  if (!origin || !request.url.startsWith('/')) return undefined;
  // Joined as text: resolved as a reference, `//elsewhere/` would bring a host of its own.
  return URL.parse(origin + request.url) ?? undefined;
}

function loopbackOrigin({
  headers,
  raw,
}: Pick<FastifyRequest, 'headers' | 'raw'>): string | undefined {
  const { host } = headers;
  if (!host || !LOOPBACK.test(host)) return undefined;
  return `${(raw.socket as TLSSocket).encrypted ? 'https' : 'http'}://${host}`;
}

/** Whether `htu` names that address: scheme, host, port and path after normalization; query and fragment never count. */
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
