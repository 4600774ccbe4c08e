import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line and audit record of one request tells of it. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string;
  /** Whose account the call turned out to be about, where nobody is signed in. */
  accountId?: string;
  /** Calls `then` once the answer has left, or its client has; at once if that was before. */
  readonly whenAnswered?: (then: () => void) => void;
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

/** Resolves when the request being served has been answered, or its client has left; outside of one at once. */
export function answered(): Promise<void> {
  const whenAnswered = storage.getStore()?.whenAnswered;
  return whenAnswered ? new Promise(whenAnswered) : Promise.resolve();
}

/**
 * Says whose account a call without a session is about. Only then can its audit record be found when that person asks
 * for what is kept of them, or to be forgotten.
 */
export function noteAccount(accountId: string): void {
  const request = storage.getStore();
  if (request) request.accountId = accountId;
}
