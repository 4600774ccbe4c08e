import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line and audit record of one request tells of it. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `next`, and everything it starts, as part of that request. */
export function runInRequest(context: RequestContext, next: () => void): void {
  storage.run(context, next);
}

/** The request being served; undefined outside of one, e.g. in a timer. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}
