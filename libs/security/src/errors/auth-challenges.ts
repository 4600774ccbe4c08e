import type { DomainError } from './domain.error.js';

/** What is known of the caller of a request that is answered with 401. */
export interface Unauthenticated {
  /** Whether the session that called is bound to a key. */
  readonly user?: { readonly dpopKey?: string };
}

/** The value of `WWW-Authenticate` for an answer of 401 (RFC 9110 §11.6.1). The root module provides it. */
export type AuthChallenges = (error: DomainError, request: Unauthenticated) => string;
export const AuthChallenges = Symbol('AuthChallenges');
