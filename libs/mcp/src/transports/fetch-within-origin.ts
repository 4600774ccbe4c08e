import type { GuardedFetch } from '../addresses/guarded-fetch.js';
import { McpError } from '../mcp.error.js';

const MAX_REDIRECTS = 3;

/**
 * Follows redirects that repeat the request as it is (307, 308) and stay with the same origin. No other is followed: it
 * would take our credentials elsewhere, or turn a call into a GET.
 *
 * @throws McpError `mcp_protocol_error` for a redirect that is not followed
 */
export async function fetchWithinOrigin(
  fetch: GuardedFetch,
  url: string | URL,
  init: RequestInit,
): Promise<Response> {
  let current = new URL(url);
  for (let followed = 0; ; followed += 1) {
    const response = await fetch(current, { ...init, redirect: 'manual' });
    const { status } = response;
    if (status < 300 || status >= 400) return response;
    const target = targetOf(response, current);
    await response.body?.cancel();
    const isRepeat = status === 307 || status === 308;
    if (!target || !isRepeat || target.origin !== current.origin || followed === MAX_REDIRECTS) {
      throw new McpError('mcp_protocol_error', undefined, {
        statusCode: status,
        reason:
          `It redirects to ${target ? target.origin + target.pathname : 'no address'}. Only 307 and 308 within the ` +
          `same origin are followed, at most ${MAX_REDIRECTS} times.`,
      });
    }
    current = target;
  }
}

function targetOf(response: Response, current: URL): URL | undefined {
  const location = response.headers.get('location');
  return location && URL.canParse(location, current.href) ? new URL(location, current) : undefined;
}
