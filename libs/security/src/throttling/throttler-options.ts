import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { ThrottlerModuleOptions, ThrottlerOptions, ThrottlerStorage } from '@nestjs/throttler';
import { createHash } from 'node:crypto';
import type { LimitName, SecurityConfig } from '../security.config.js';
import { clientAddress } from './client-address.js';
import { foldedName } from './folded-name.js';
import { OWN_LIMIT, type OwnLimit } from './throttling.decorators.js';

/** The fields of a body that say what a credential is for, or are one themselves. */
type Claim = 'username' | 'email' | 'refreshToken' | 'challenge' | 'token';

interface LimitedRequest {
  readonly ip: string;
  /** Of a sign-in: the device that is known to the account, as its token has proved. */
  readonly knownDeviceId?: string;
  readonly user?: { readonly userId: string; readonly isAnonymous?: boolean };
  readonly body?: Readonly<Partial<Record<Claim, unknown>>> | null;
}

/**
 * The limits, declared as `@nestjs/throttler` takes them. Each has one counter for everything it applies to
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
      limit('device', {
        getTracker: byClient,
        skipIf: (context) => ownLimit(context) !== 'device',
      }),
      limit('chat', { getTracker: byPrincipal, skipIf: (context) => ownLimit(context) !== 'chat' }),
      limit('anonymous', {
        getTracker: byPrincipal,
        skipIf: (context) => ownLimit(context) !== 'chat',
      }),
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
 * The account as it was typed, in one spelling: guesses at `Ada` and `ada` are guesses at one. An address that is to be
 * written to is counted apart from a name: whoever could not sign in must be able to ask for a new password. Both by
 * client address, or anybody could use up the tries of anybody. A device that is known to the account is counted by
 * itself, wherever it is: strangers behind its address cannot use up its tries.
 *
 * A renewal, the second half of a sign-in and a mailed token are counted by what they show, so that a phone with a
 * dead one does not lock out the others behind its address. Nobody else has it, so no client address belongs to it.
 *
 * Bounded before it is normalized, which takes quadratic time on a long run of combining marks.
 */
function byAccount(request: unknown): string {
  const { body: given, knownDeviceId } = request as LimitedRequest;
  if (knownDeviceId) return claimKey(deviceClaim(knownDeviceId));
  const body = given ?? {};
  const name = foldedName(shortText(body.username) ?? '');
  const address = foldedName(shortText(body.email) ?? '');
  const token = [body.refreshToken, body.challenge, body.token].map(shortText).find(Boolean);
  const claim = name || (address && `mail to ${address}`);
  if (!claim && token) return claimKey(`token ${token}`);
  return `${claimKey(claim)}:${byClient(request)}`;
}

export function deviceClaim(deviceId: string): string {
  return `device ${deviceId}`;
}

/** What stands for a name in the keys of counters: nobody who sees one can read the name. */
export function claimKey(foldedClaim: string): string {
  return createHash('sha256').update(foldedClaim).digest('base64url');
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST_CLAIM ? value : undefined;
}
