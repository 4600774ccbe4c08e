import { McpError } from '../mcp.error.js';

/** What an aborted signal means to the caller: its deadline passed, or it gave up. */
export function abortError(signal: AbortSignal): McpError {
  const reason: unknown = signal.reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  return new McpError(timedOut ? 'mcp_timeout' : 'mcp_cancelled');
}

/** Waits for `work`, but no longer than `signal` allows. What comes of the work after that is dropped. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  if (signal.aborted) throw abortError(signal);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
