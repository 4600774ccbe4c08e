import { counter } from '@app/metrics';
import { emitSignal } from '@app/signals';
import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  type ThrottlerModuleOptions,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from '../errors/domain.error.js';
import { SecurityError } from '../errors/security.error.js';
import type { LimitStorage, Soon, ThrottlerRecord } from './memory-throttler.storage.js';
import type { SpentLimit } from './rate-limit-headers.js';
import type { CountedRequest, PolicyThrottlerOptions } from './throttler-options.js';
import { type CountedCall, ToldLimits } from './told-limits.js';
import { type FailureCount, FailuresOnly } from './throttling.decorators.js';

const limitsHit = counter({
  name: 'gateway_limits_hit_total',
  help: 'Requests that a limit has refused.',
  labels: ['limit'],
});

type LimitedRequest = CountedRequest &
  CountedCall & {
    /** What it was answered with, if that was an error. */
    readonly refusal?: DomainError;
  };

/** A call to a route, and how the failures of that route are counted. */
interface LimitedCall {
  readonly request: LimitedRequest;
  readonly reply: FastifyReply;
  readonly failures: FailureCount | undefined;
}

/** What a route is counted by. */
interface RoutePlan {
  readonly limits: readonly PolicyThrottlerOptions[];
  readonly failures: FailureCount | undefined;
}

/**
 * Applies the limits that the throttler module declares, with what they cost removed: which of them apply to a
 * handler never changes, so it is worked out once per handler and not by a dozen metadata look-ups per request. With
 * counters in memory a call waits for nothing.
 */
abstract class PolicyThrottlerGuard implements CanActivate {
  private readonly log = new Logger('Throttling');
  private readonly plans = new WeakMap<object, RoutePlan>();

  /** Which of the declared limits this guard is in charge of, the cheapest to tell first. */
  protected abstract readonly names: readonly string[];

  constructor(
    @InjectThrottlerOptions()
    private readonly options: Extract<ThrottlerModuleOptions, { throttlers: unknown }>,
    @InjectThrottlerStorage() private readonly storage: LimitStorage,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): Soon<boolean> {
    const handler = context.getHandler();
    let plan = this.plans.get(handler);
    if (!plan) this.plans.set(handler, (plan = this.planFor(context)));
    const { limits, failures } = plan;
    if (limits.length === 0) return true;
    const http = context.switchToHttp();
    return this.spendFrom(0, limits, {
      request: http.getRequest(),
      reply: http.getResponse(),
      failures,
    });
  }

  /**
   * Counts the request by each of the limits from that one on, once, until one refuses it.
   *
   * @throws SecurityError `rate_limited`
   */
  protected spendFrom(
    at: number,
    limits: readonly PolicyThrottlerOptions[],
    call: LimitedCall,
  ): Soon<boolean> {
    const limit = limits[at];
    if (!limit) return true;
    if (!isDue(limit, call.request)) return this.spendFrom(at + 1, limits, call);
    return whenKnown(this.spend(limit, call), (spent) => {
      this.note(spent, call);
      return this.spendFrom(at + 1, limits, call);
    });
  }

  protected declared(name: string): PolicyThrottlerOptions {
    return this.options.throttlers.find((limit) => limit.name === name) as PolicyThrottlerOptions;
  }

  private planFor(context: ExecutionContext): RoutePlan {
    const targets = [context.getHandler(), context.getClass()];
    const limits = this.names
      .map((name) => this.declared(name))
      .filter(
        ({ name, skipIf }) =>
          !this.reflector.getAllAndOverride<boolean>(`THROTTLER:SKIP${name}`, targets) &&
          !skipIf?.(context),
      );
    return { limits, failures: this.reflector.get(FailuresOnly, context.getHandler()) };
  }

  /** By the client's address and, if that is IPv6, by its /48: what the stricter of the two says. */
  private spend(limit: PolicyThrottlerOptions, call: LimitedCall): Soon<SpentLimit> {
    const counted = this.count(limit, limit.trackerOf(call.request), limit.limit, call);
    return whenKnown(counted, (own) => {
      const site = own.isBlocked ? undefined : limit.siteTrackerOf(call.request);
      if (site === undefined) return spentLimit(limit, own, limit.limit);
      return whenKnown(this.count(limit, site, limit.siteLimit, call), (ofSite) =>
        limit.siteLimit - ofSite.totalHits < limit.limit - own.totalHits
          ? spentLimit(limit, ofSite, limit.siteLimit)
          : spentLimit(limit, own, limit.limit),
      );
    });
  }

  private count(
    { name, ttl }: PolicyThrottlerOptions,
    tracker: string,
    most: number,
    { request, reply, failures }: LimitedCall,
  ): Soon<ThrottlerRecord> {
    const key = `${name}:${tracker}`;
    const count = () => this.storage.count(key, ttl, most);
    if (name !== 'login' || !failures) return count();
    const record = failures === 'after' ? this.storage.peek(key, ttl, most) : count();
    return whenKnown(record, (known) => {
      if (known.isBlocked) return known;
      reply.raw.once('finish', () => {
        const isFailure = isFailedAttempt(reply.statusCode, request.refusal);
        if (isFailure !== (failures === 'after')) return;
        void (isFailure ? count() : this.storage.release(key));
      });
      return known;
    });
  }

  /** @throws SecurityError `rate_limited`: what is refused already is neither counted further nor looked at more closely */
  private note(spent: SpentLimit, { request, reply }: LimitedCall): void {
    new ToldLimits(request, reply).tell(spent);
    if (!spent.isBlocked) return;
    const retryAfter = spent.resetSeconds;
    // An address that cannot be decoded is refused without the filter, which would write it.
    reply.header('Retry-After', retryAfter);
    limitsHit.add({ limit: spent.name });
    this.log.warn({ event: 'request.limited', limit: spent.name });
    const signal = { type: 'limit.hit', ip: request.ip, limit: spent.name } as const;
    emitSignal(request.user ? { ...signal, accountId: request.user.accountId } : signal);
    const message = `Too many requests. Try again in ${inWords(retryAfter)}.`;
    throw new SecurityError('rate_limited', message, { retryAfter });
  }
}

/** Goes on at once with what is there, and later with what is promised. */
function whenKnown<T, Result>(value: Soon<T>, then: (known: T) => Soon<Result>): Soon<Result> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** Whether a request has to be counted by a limit, and has not been. */
function isDue({ name }: PolicyThrottlerOptions, { spentLimits, user }: LimitedRequest): boolean {
  if (name === 'anonymous' && !user?.isAnonymous) return false;
  return !spentLimits?.some((spent) => spent.name === name);
}

function spentLimit(
  { name = '', limit, ttl }: PolicyThrottlerOptions,
  { totalHits, timeToExpire, isBlocked }: ThrottlerRecord,
  most: number,
): SpentLimit {
  return {
    name,
    limit,
    windowSeconds: ttl / 1000,
    remaining: Math.max(0, most - totalHits),
    resetSeconds: timeToExpire,
    isBlocked,
  };
}

/** What could not be a credential at all counts like one that is wrong. */
function isFailedAttempt(status: number, refusal: DomainError | undefined): boolean {
  return (status === 400 || status === 401) && refusal?.isFailedAttempt !== false;
}

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

/** Before the caller is known: what counts per client address. */
@Injectable()
export class ClientThrottlerGuard extends PolicyThrottlerGuard {
  protected override readonly names = ['api', 'device'];
  private beforeBody: readonly PolicyThrottlerOptions[] | undefined;

  /**
   * Counts a request by `api` before its body is read: one that cannot be read costs as much as one that can, and
   * meets no guard. The guard then finds it counted. See `limitBeforeBody`.
   *
   * @throws SecurityError `rate_limited`
   */
  admit(request: FastifyRequest, reply: FastifyReply): Soon<boolean> {
    this.beforeBody ??= [this.declared('api')];
    return this.spendFrom(0, this.beforeBody, {
      request: request as LimitedRequest,
      reply,
      failures: undefined,
    });
  }
}

/** The guessing of credentials, once it is known whether the device is one of the account's own. */
@Injectable()
export class LoginThrottlerGuard extends PolicyThrottlerGuard {
  protected override readonly names = ['login'];
}

/** Once the principal is known: what counts per user. */
@Injectable()
export class PrincipalThrottlerGuard extends PolicyThrottlerGuard {
  protected override readonly names = ['chat', 'export', 'files', 'anonymous', 'global'];
}
