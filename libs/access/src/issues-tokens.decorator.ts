import { Reflector } from '@nestjs/core';

/**
 * Marks routes that open a session, or lead to one: a `DPoP` header is verified and binds the new session to its key.
 * With `DPOP=required` the header is mandatory.
 */
export const IssuesTokens = Reflector.createDecorator<void, true>({ transform: () => true });

/** Whether a handler is marked itself; a mark on its controller does not count. */
export function issuesTokensOfRoute(handler: Parameters<Reflector['get']>[1]): boolean {
  return new Reflector().get(IssuesTokens, handler) ?? false;
}
