/**
 * How something ended that failed, as the trail has it: the code of a domain error, never a message. Anything without one
 * is ours to explain, and only in the log.
 */
export function outcomeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : 'internal_error';
}
