import { isPublicRoute, policyOfRoute, type Principal } from '@app/access';
import { DomainError } from '@app/security';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DpopProofService } from '../dpop/dpop-proof.service.js';
import { DpopError } from '../dpop/dpop.error.js';
import { AccessBlocks } from '../access-blocks.js';
import { SessionError } from '../session.error.js';
import { SessionService } from '../session.service.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import { type PresentedToken, presentedToken } from './presented-token.js';

type AuthenticatedRequest = FastifyRequest & { user?: Principal; dpopKey?: string };

/**
 * Global: every route needs an access token of a live session, unless it is `@Public()`. Passport verifies a token on
 * first use; later calls take it from the cache and only check its session. A token bound to a key needs a proof of
 * possession with each call.
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  private readonly isPublic = policyOfRoute(isPublicRoute);

  constructor(
    private readonly cache: PrincipalCache,
    private readonly sessions: SessionService,
    private readonly proofs: DpopProofService,
    private readonly blocks: AccessBlocks,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.isPublic(context)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const presented = presentedToken(request);
    const sessionId = presented && this.cache.sessionOf(presented.token);
    if (!sessionId) return this.verifyToken(presented, request, context);
    const principal = this.cache.freshPrincipal(sessionId);
    if (!principal) return this.checkSession(sessionId, presented, request, context);
    return this.admit(principal, presented, request, context);
  }

  /** Receives Passport's result; `info` says why there is no user. */
  override handleRequest<User>(error: unknown, user: User | false, info: unknown): User {
    if (error) throw error;
    if (user) return user;
    // Says nothing about the token: its key could not be read.
    if (info instanceof DomainError) throw info;
    throw reasonOf(info);
  }

  private async verifyToken(
    presented: PresentedToken | undefined,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    // Passport would say the same, at twice the price of the whole refusal.
    if (!presented) throw UNAUTHENTICATED;
    await super.canActivate(context);
    return this.admit(request.user!, presented, request, context);
  }

  private async checkSession(
    sessionId: string,
    presented: PresentedToken,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    const principal = await this.sessions.principalOf(sessionId);
    if (!principal) throw SESSION_ENDED;
    return this.admit(principal, presented, request, context);
  }

  /** Synchronous for tokens without a key, which is the case for most calls. */
  private admit(
    principal: Principal,
    presented: PresentedToken,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): boolean | Promise<boolean> {
    request.user = principal;
    if (this.blocks.isBlocked(principal)) throw refusalOf(principal, context);
    if (principal.dpopKey !== undefined) {
      return this.admitHolder(principal.dpopKey, presented, request, context);
    }
    if (presented.isDpop) throw INVALID_TOKEN;
    if (this.proofs.areRequired) throw DpopError.proofRequired();
    return true;
  }

  /** A bound token is refused with the scheme `Bearer`: a stolen one would be presented that way (RFC 9449 §7.2). */
  private async admitHolder(
    key: string,
    { token, isDpop }: PresentedToken,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    if (!isDpop) throw DpopError.proofRequired();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    request.dpopKey = await this.proofs.verify(request, reply, { token, key });
    return true;
  }
}

/** The connection ends as well: it is of no more use. */
function refusalOf({ accountId }: Principal, context: ExecutionContext): SessionError {
  void context.switchToHttp().getResponse<FastifyReply>().header('Connection', 'close');
  return SessionError.accessBlocked(accountId);
}

const INVALID_TOKEN = new SessionError(
  'invalid_token',
  'The access token is not valid. Renew it, or sign in again.',
);

const UNAUTHENTICATED = new SessionError('unauthenticated', 'Sign in first.');

const SESSION_ENDED = SessionError.sessionEnded();

/** Maps the failure to the error codes that a client can act on; reveals nothing about keys or claims. */
function reasonOf(info: unknown): SessionError {
  if (info === undefined || info === null) return SESSION_ENDED;
  if ((info as Error).name === 'TokenExpiredError') {
    return new SessionError('token_expired', 'The access token has expired. Renew it.');
  }
  return INVALID_TOKEN;
}
