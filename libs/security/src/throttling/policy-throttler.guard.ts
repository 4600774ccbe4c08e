import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SecurityError } from '../errors/security.error.js';
import type { LimitStorage } from './memory-throttler.storage.js';
import { rateLimitHeaders, type SpentLimit } from './rate-limit-headers.js';
import { FAILURES_ONLY } from './throttling.decorators.js';

type LimitedRequest = FastifyRequest & {
  spentLimits?: SpentLimit[];
  readonly user?: { readonly isAnonymous?: boolean };
};

/**
 * Applies the limits that the throttler module declares, with what they cost removed: which of them apply to a
 * handler never changes, so it is worked out once per handler and not by a dozen metadata look-ups per request.
 */
abstract class PolicyThrottlerGuard extends ThrottlerGuard {
  private readonly plans = new WeakMap<object, readonly ThrottlerOptions[]>();

  /** Which of the declared limits this guard is in charge of, the cheapest to tell first. */
  protected abstract readonly names: readonly string[];

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    let plan = this.plans.get(handler);
    if (!plan) this.plans.set(handler, (plan = this.planFor(context)));
    if (plan.length === 0) return true;

    const http = context.switchToHttp();
    const request = http.getRequest<LimitedRequest>();
    const spent = (request.spentLimits ??= []);
    const reply = http.getResponse<FastifyReply>();
    for (const throttler of plan) {
      if (throttler.name === 'anonymous' && !request.user?.isAnonymous) continue;
      const limit = await this.spend(throttler, request, reply, context);
      spent.push(limit);
      // What is refused already is neither counted further nor looked at more closely.
      if (limit.isBlocked) break;
    }
    const headers = rateLimitHeaders(spent);
    reply.header('RateLimit-Policy', headers.policy).header('RateLimit', headers.state);
    const last = spent.at(-1);
    if (last?.isBlocked) this.refuse(reply, last);
    return true;
  }

  private planFor(context: ExecutionContext): readonly ThrottlerOptions[] {
    const targets = [context.getHandler(), context.getClass()];
    return this.names
      .map((name) => this.throttlers.find((throttler) => throttler.name === name)!)
      .filter(
        ({ name, skipIf }) =>
          !this.reflector.getAllAndOverride<boolean>(`THROTTLER:SKIP${name}`, targets) &&
          !skipIf?.(context),
      );
  }

  private async spend(
    throttler: ThrottlerOptions,
    request: LimitedRequest,
    reply: FastifyReply,
    context: ExecutionContext,
  ): Promise<SpentLimit> {
    const name = throttler.name!;
    const limit = throttler.limit as number;
    const ttl = throttler.ttl as number;
    const tracker = throttler.getTracker!(request, context) as string;
    const key = this.commonOptions.generateKey!(context, tracker, name);
    const storage = this.storageService as LimitStorage;
    const count = () => storage.increment(key, ttl, limit, ttl, name);
    const failuresOnly = name === 'login' && this.countsFailuresOnly(context);
    if (failuresOnly) reply.raw.once('finish', () => reply.statusCode === 401 && void count());
    const record = await (failuresOnly ? storage.peek(key, ttl, limit) : count());
    return {
      name,
      limit,
      windowSeconds: ttl / 1000,
      remaining: Math.max(0, limit - record.totalHits),
      resetSeconds: record.timeToExpire,
      isBlocked: record.isBlocked,
    };
  }

  private countsFailuresOnly(context: ExecutionContext): boolean {
    return this.reflector.get<boolean>(FAILURES_ONLY, context.getHandler()) ?? false;
  }

  private refuse(reply: FastifyReply, exceeded: SpentLimit): never {
    reply.header('Retry-After', exceeded.resetSeconds);
    this.logger.warn({ event: 'request.limited', limit: exceeded.name });
    throw new SecurityError(
      'rate_limited',
      `Too many requests. Try again in ${inWords(exceeded.resetSeconds)}.`,
    );
  }
}

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

/** Before anybody is known: what counts per client address. */
@Injectable()
export class ClientThrottlerGuard extends PolicyThrottlerGuard {
  protected override readonly names = ['api', 'device'];
}

/** The guessing of credentials, once it is known whether the device is one of the account's own. */
@Injectable()
export class LoginThrottlerGuard extends PolicyThrottlerGuard {
  protected override readonly names = ['login'];
}

/** Once the principal is known: what counts per user. */
@Injectable()
export class PrincipalThrottlerGuard extends PolicyThrottlerGuard {
  protected override readonly names = ['chat', 'anonymous', 'global'];
}
