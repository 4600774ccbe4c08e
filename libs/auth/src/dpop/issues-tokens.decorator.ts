import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

const ISSUES_TOKENS = Symbol('ISSUES_TOKENS');

/**
 * For routes that open a session, or lead to one: a `DPoP` header is verified and binds the new session to its key. With
 * `DPOP=required` the header must be there.
 */
export const IssuesTokens = () => SetMetadata(ISSUES_TOKENS, true);

/** Whether a handler opens sessions, by its own word only. */
export function issuesTokensOfRoute(handler: Parameters<Reflector['get']>[1]): boolean {
  return new Reflector().get<boolean | undefined>(ISSUES_TOKENS, handler) ?? false;
}
