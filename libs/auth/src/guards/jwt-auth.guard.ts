import { DomainError } from '@app/security';
import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../auth.error.js';
import { dpopChallenge } from '../dpop/dpop-challenge.js';
import { DpopProofs } from '../dpop/dpop-proofs.service.js';
import { InvalidProof, proofRequired } from '../dpop/proof-flaw.js';
import { SessionService } from '../sessions/session.service.js';
import { type PresentedToken, presentedToken } from '../tokens/presented-token.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import type { Principal } from '../tokens/principal.js';
import { isPublicRoute } from './public.decorator.js';
import { policyOfRoute } from './route-policy.js';

type AuthenticatedRequest = FastifyRequest & { user?: Principal; dpopKey?: string };

/**
 * Global: every route needs an access token of a live session, unless it is `@Public()`. Passport verifies a token
 * the first time it is seen; after that the token is known, and only its session is asked for. A token that is bound
 * to a key needs a proof of that key with each call.
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  private readonly log = new Logger('Authentication');
  private readonly isPublic = policyOfRoute(isPublicRoute);

  constructor(
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(DpopProofs) private readonly proofs: DpopProofs,
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

  /** Passport's verdict; `info` says why there is no user. */
  override handleRequest<User>(
    error: unknown,
    user: User | false,
    info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error;
    if (user) return user;
    // Not a verdict on the token: its key could not be looked up.
    if (info instanceof DomainError) throw info;
    this.refuse(reasonOf(info), context);
  }

  private async verifyToken(
    presented: PresentedToken | undefined,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    await super.canActivate(context);
    return this.admit(request.user!, presented!, request, context);
  }

  private async checkSession(
    sessionId: string,
    presented: PresentedToken,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    const principal = await this.sessions.principalOf(sessionId);
    if (!principal) this.refuse(SESSION_ENDED, context);
    return this.admit(principal, presented, request, context);
  }

  /** Without a promise where no key is in play, which is the way of most calls. */
  private admit(
    principal: Principal,
    presented: PresentedToken,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): boolean | Promise<boolean> {
    request.user = principal;
    if (principal.dpopKey !== undefined) {
      return this.admitHolder(principal.dpopKey, presented, request, context);
    }
    if (presented.isDpop) this.refuse(INVALID_TOKEN, context);
    if (this.proofs.areRequired) this.refuse(proofRequired(), context);
    return true;
  }

  /** As `Bearer` a bound token is worth nothing: whoever has stolen it would use it so (RFC 9449 §7.2). */
  private async admitHolder(
    key: string,
    { token, isDpop }: PresentedToken,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    if (!isDpop) this.refuse(proofRequired(), context);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    try {
      request.dpopKey = await this.proofs.verify(request, reply, { token, key });
      return true;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      this.refuse(error, context);
    }
  }

  private refuse(error: AuthError, context: ExecutionContext): never {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply.header('WWW-Authenticate', challengesFor(error, this.proofs.areRequired));
    const reason = error instanceof InvalidProof ? error.flaw : undefined;
    this.log.warn({ event: 'auth.refused', code: error.code, reason });
    throw error;
  }
}

const DPOP_CODES: ReadonlySet<string> = new Set([
  'dpop_proof_required',
  'invalid_dpop_proof',
  'use_dpop_nonce',
]);

/** The schemes by which the caller can come back, and in each what was wrong (RFC 6750 §3, RFC 9449 §7.1). */
function challengesFor(error: AuthError, onlyDpop: boolean): string {
  if (onlyDpop || DPOP_CODES.has(error.code)) return dpopChallenge(error);
  const bearer = error.code === 'unauthenticated' ? 'Bearer' : 'Bearer error="invalid_token"';
  return `${bearer}, ${dpopChallenge(error)}`;
}

const INVALID_TOKEN = new AuthError(
  'invalid_token',
  'The access token is not valid. Renew it, or sign in again.',
);

const SESSION_ENDED = AuthError.sessionEnded();

/** Which of the few things that a client can act upon happened; nothing about keys or claims. */
function reasonOf(info: unknown): AuthError {
  if (info === undefined || info === null) return SESSION_ENDED;
  const { name, message } = info as Error;
  if (name === 'TokenExpiredError') {
    return new AuthError('token_expired', 'The access token has expired. Renew it.');
  }
  return message === 'No auth token'
    ? new AuthError('unauthenticated', 'Sign in first.')
    : INVALID_TOKEN;
}
