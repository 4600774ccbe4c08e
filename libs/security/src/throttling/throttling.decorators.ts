import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SkipThrottle } from '@nestjs/throttler';

/** The limits that a route can have of its own, instead of the one that all others share. */
export type OwnLimit = 'login' | 'chat' | 'device' | 'export' | 'files';

/** Counts the route by a limit of its own. */
export const LimitedBy = Reflector.createDecorator<OwnLimit>();

/**
 * How failures alone are counted. `after`: once they are answered; calls at the same time can pass before the first is
 * counted, so it suits credentials that cannot be guessed. `before`: each call counts until it succeeds,
 * so of any number of guesses at once exactly as many are tested as the limit allows.
 */
export type FailureCount = 'before' | 'after';

/** Counts only failures, whatever limit the route has. */
export const FailuresOnly = Reflector.createDecorator<FailureCount>();

/** Counts the failures of a login alone: a call that shows a valid credential is no guess. */
export const LimitedByFailures = (count: FailureCount) =>
  applyDecorators(LimitedBy('login'), FailuresOnly(count));

/** For routes outside the API: frequent probes must not be refused. */
export const Unlimited = () =>
  applyDecorators(
    SkipThrottle({
      api: true,
      global: true,
      login: true,
      device: true,
      chat: true,
      anonymous: true,
      export: true,
      files: true,
    }),
  );
