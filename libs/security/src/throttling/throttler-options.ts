import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { ThrottlerModuleOptions, ThrottlerOptions, ThrottlerStorage } from '@nestjs/throttler';
import { createHash } from 'node:crypto';
import type { LimitName, SecurityConfig } from '../security.config.js';
import { trimmed } from '../validation/trimmed.decorator.js';
import { clientAddress, clientSite } from './client-address.js';
import { caseFold } from './case-fold.js';
import type { LimitsInForce } from './limits-in-force.js';
import { LimitedBy, type OwnLimit } from './throttling.decorators.js';

/** The fields of a body that say what a credential is for, or are one themselves. */
type Claim = 'username' | 'email' | 'refreshToken' | 'challenge' | 'token';

/** What the keys of the counters are made of. */
export interface CountedRequest {
  readonly ip: string;
  /** Of a sign-in: the device that is known to the account, as its token has proved. */
  readonly knownDeviceId?: string;
  readonly user?: { readonly accountId: string; readonly isAnonymous?: boolean };
  readonly body?: Readonly<Partial<Record<Claim, unknown>>> | null;
}

/** What counts by client address also counts by the /48 of an IPv6 client, with a larger limit. */
export interface PolicyThrottlerOptions extends ThrottlerOptions {
  readonly limit: number;
  readonly ttl: number;
  /** The key that a request counts under. */
  readonly trackerOf: (request: CountedRequest) => string;
  /** The same for the /48; undefined where no address is counted, or one of IPv4. */
  readonly siteTrackerOf: (request: CountedRequest) => string | undefined;
  readonly siteLimit: number;
}

/**
 * The limits, declared as `@nestjs/throttler` takes them. Each has one counter for everything it applies to
 * (its key leaves out the handler, which the stock key contains).
 */
export function throttlerOptions(
  config: SecurityConfig,
  storage: ThrottlerStorage,
  reflector: Reflector,
  inForce: LimitsInForce,
): ThrottlerModuleOptions {
  const ownLimit = (context: ExecutionContext) =>
    reflector.get<OwnLimit | undefined>(LimitedBy, context.getHandler());
  const limit = (
    name: LimitName,
    trackerOf: Tracker,
    skipIf: ThrottlerOptions['skipIf'] = (context) => ownLimit(context) !== name,
  ): PolicyThrottlerOptions => ({
    name,
    // Asked for with each call, as operators change it while the service runs.
    get limit() {
      return inForce.hitsOf(name, config.limits[name].hits);
    },
    ttl: config.limits[name].window,
    trackerOf: (request) => trackerOf(request, clientAddress)!,
    siteTrackerOf: (request) => trackerOf(request, clientSite),
    get siteLimit() {
      return this.limit * config.siteFactor;
    },
    skipIf,
  });
  return {
    storage,
    throttlers: [
      limit('api', byClient, () => false),
      limit('login', byAccount),
      limit('device', byClient),
      limit('chat', byPrincipal),
      limit('export', byPrincipal),
      limit('files', byPrincipal),
      limit('anonymous', byPrincipal, (context) => ownLimit(context) !== 'chat'),
      limit('global', byPrincipal, (context) => ownLimit(context) !== undefined),
    ],
  };
}

/** The key that a request counts under. Undefined if the key needs an address and `addressOf` has none. */
type Tracker = (
  request: CountedRequest,
  addressOf: (ip: string) => string | undefined,
) => string | undefined;

const byClient: Tracker = ({ ip }, addressOf) => addressOf(ip);

/** A user counts as one, wherever they are: then there is no address, and no network of addresses. */
const byPrincipal: Tracker = (request, addressOf) =>
  request.user ? onlyOnce(request.user.accountId, addressOf) : byClient(request, addressOf);

/** What does not depend on the address is counted by `clientAddress`, and not once more for its network. */
function onlyOnce(tracker: string, addressOf: (ip: string) => string | undefined) {
  return addressOf === clientSite ? undefined : tracker;
}

/** The longest name or token that is counted by; longer ones are refused later, and share one counter until then. */
const LONGEST_CLAIM = 256;

/**
 * The account as it was typed, in one spelling: guesses at `Ada` and `ada` are guesses at one. An address that is to be
 * written to is counted apart from a name: a user who could not sign in must be able to ask for a new password. Both count by
 * client address, or any client could use up the attempts of any account. A device that is known to the account is counted by
 * itself, wherever it is: other clients behind its address cannot use up its attempts.
 *
 * A renewal, the second half of a sign-in and a mailed token are counted by what they show, so that a phone with a
 * dead one does not lock out the others behind its address. No other client has it, so the key has no client address.
 *
 * Bounded before it is normalized, which takes quadratic time on a long run of combining marks.
 */
function byAccount(request: CountedRequest, addressOf: (ip: string) => string | undefined) {
  const { body: given, knownDeviceId } = request;
  if (knownDeviceId) return onlyOnce(claimKey(deviceClaim(knownDeviceId)), addressOf);
  const body = given ?? {};
  const name = caseFold(shortText(body.username) ?? '');
  const mail = caseFold(shortText(body.email) ?? '');
  const token = [body.refreshToken, body.challenge, body.token].map(shortText).find(Boolean);
  const claim = name || (mail && `mail to ${mail}`);
  if (!claim && token) return onlyOnce(claimKey(`token ${token}`), addressOf);
  const address = addressOf(request.ip);
  return address && `${claimKey(claim)}:${address}`;
}

export function deviceClaim(deviceId: string): string {
  return `device ${deviceId}`;
}

/** What stands for a name in the keys of counters: a key does not reveal the name. */
export function claimKey(foldedClaim: string): string {
  return createHash('sha256').update(foldedClaim).digest('base64url');
}

/** As the handler will see it: white space around a name must not make a counter of its own. */
function shortText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? trimmed(value) : '';
  return text.length <= LONGEST_CLAIM ? text : undefined;
}
