import { traceparent } from '@app/tracing';
import type { ClosableFetch } from '../addresses/guarded-fetch.js';

/** Says of which trace each request is a part. */
export function tracedFetch(send: ClosableFetch): ClosableFetch {
  const traced = (url: string | URL, init: RequestInit = {}) => {
    const header = traceparent();
    if (header === undefined) return send(url, init);
    const headers = new Headers(init.headers);
    headers.set('traceparent', header);
    return send(url, { ...init, headers });
  };
  return Object.assign(traced, { close: () => send.close() });
}
