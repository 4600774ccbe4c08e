import { applyDecorators, SetMetadata } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';

/** The limits that a route can have of its own, instead of the one that all others share. */
export type OwnLimit = 'login' | 'chat' | 'device';

export const OWN_LIMIT = Symbol('OWN_LIMIT');

export const FAILURES_ONLY = Symbol('FAILURES_ONLY');

/** Counts the route by a limit of its own. */
export const LimitedBy = (limit: OwnLimit) => SetMetadata(OWN_LIMIT, limit);

/**
 * Counts only what was answered with 401: a call that shows a valid credential is no guess. Calls at the same time
 * can pass before the first is counted, so it is for credentials that nobody can guess.
 */
export const LimitedByFailures = () =>
  applyDecorators(LimitedBy('login'), SetMetadata(FAILURES_ONLY, true));

/** For what lies outside of the API: probes must not be refused for being frequent. */
export const Unlimited = () =>
  applyDecorators(
    SkipThrottle({
      api: true,
      global: true,
      login: true,
      device: true,
      chat: true,
      anonymous: true,
    }),
  );
