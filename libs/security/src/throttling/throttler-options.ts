import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { ThrottlerModuleOptions, ThrottlerOptions, ThrottlerStorage } from '@nestjs/throttler';
import { createHash } from 'node:crypto';
import type { LimitName, SecurityConfig } from '../security.config.js';
import { clientAddress } from './client-address.js';
import { foldedName } from './folded-name.js';
import { OWN_LIMIT, type OwnLimit } from './throttling.decorators.js';

interface LimitedRequest {
  readonly ip: string;
  readonly user?: { readonly userId: string };
  readonly body?: { readonly username?: unknown; readonly refreshToken?: unknown } | null;
}

/**
 * The four limits, declared as `@nestjs/throttler` takes them. Each has one counter for everything it applies to
 * (`generateKey` leaves out the handler, which the stock key contains).
 */
export function throttlerOptions(
  config: SecurityConfig,
  storage: ThrottlerStorage,
  reflector: Reflector,
): ThrottlerModuleOptions {
  const ownLimit = (context: ExecutionContext) =>
    reflector.get<OwnLimit | undefined>(OWN_LIMIT, context.getHandler());
  const limit = (
    name: LimitName,
    options: Pick<ThrottlerOptions, 'skipIf' | 'getTracker'>,
  ): ThrottlerOptions => ({
    name,
    limit: config.limits[name].hits,
    ttl: config.limits[name].window,
    ...options,
  });
  return {
    storage,
    setHeaders: false,
    generateKey: (_context, tracker, name) => `${name}:${tracker}`,
    throttlers: [
      limit('api', { getTracker: byClient }),
      limit('login', { getTracker: byAccount, skipIf: (context) => ownLimit(context) !== 'login' }),
      limit('chat', { getTracker: byPrincipal, skipIf: (context) => ownLimit(context) !== 'chat' }),
      limit('global', {
        getTracker: byPrincipal,
        skipIf: (context) => ownLimit(context) !== undefined,
      }),
    ],
  };
}

function byClient(request: unknown): string {
  return clientAddress((request as LimitedRequest).ip);
}

function byPrincipal(request: unknown): string {
  return (request as LimitedRequest).user?.userId ?? byClient(request);
}

/** The longest name or token that is looked at; what is longer is refused later, and counted as one until then. */
const LONGEST_CLAIM = 256;

/**
 * The account as it was typed, in one spelling: guesses at `Ada` and `ada` are guesses at one. A renewal names its
 * token instead, so that a phone with a dead one does not lock out the others behind its address. Bounded before
 * it is normalized, which takes quadratic time on a long run of combining marks.
 */
function byAccount(request: unknown): string {
  const { username, refreshToken } = (request as LimitedRequest).body ?? {};
  const claim = foldedName(shortText(username) ?? '') || (shortText(refreshToken) ?? '');
  return `${createHash('sha256').update(claim).digest('base64url')}:${byClient(request)}`;
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST_CLAIM ? value : undefined;
}
