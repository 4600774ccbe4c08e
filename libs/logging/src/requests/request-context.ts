import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';

/** What every log line and audit record of one request tells of it. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string;
  /** The account that the call concerns, where the caller is not signed in. */
  accountId?: string;
  /** What the request is answered with; undefined for calls that come over no connection. */
  readonly answer?: ServerResponse;
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

/** Resolves when the request being served has been answered, or its client has left; at once if that was before. */
export function answered(): Promise<void> {
  const answer = storage.getStore()?.answer;
  if (!answer || answer.closed || answer.destroyed) return Promise.resolve();
  return new Promise((resolve) => void answer.once('close', resolve));
}

/**
 * Says whose account a call without a session is about. Only then can its audit record be found when that person asks
 * for what is kept of them, or to be forgotten.
 */
export function tagRequestAccount(accountId: string): void {
  const request = storage.getStore();
  if (request) request.accountId = accountId;
}
