import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../auth.error.js';
import { SessionService } from '../sessions/session.service.js';
import { bearerToken } from '../tokens/jwt.strategy.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import type { Principal } from '../tokens/principal.js';
import { isPublicRoute } from './public.decorator.js';

type AuthenticatedRequest = FastifyRequest & { user?: Principal };

/**
 * Global: every route needs an access token of a live session, unless it is `@Public()`. Passport verifies a token
 * the first time it is seen; after that the token is known, and only its session is asked for.
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  private readonly log = new Logger('Authentication');
  private readonly publicHandlers = new WeakMap<object, boolean>();

  constructor(
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.isPublic(context)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = bearerToken(request);
    const sessionId = token ? this.cache.sessionOf(token) : undefined;
    if (!sessionId) return super.canActivate(context) as Promise<boolean>;
    const principal = this.cache.freshPrincipal(sessionId);
    if (!principal) return this.checkSession(sessionId, request, context);
    request.user = principal;
    return true;
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
    this.refuse(reasonOf(info), context);
  }

  private async checkSession(
    sessionId: string,
    request: AuthenticatedRequest,
    context: ExecutionContext,
  ): Promise<boolean> {
    request.user = await this.sessions.principalOf(sessionId);
    if (!request.user) this.refuse(SESSION_ENDED, context);
    return true;
  }

  private refuse(error: AuthError, context: ExecutionContext): never {
    const challenge = error.code === 'unauthenticated' ? 'Bearer' : 'Bearer error="invalid_token"';
    context.switchToHttp().getResponse<FastifyReply>().header('WWW-Authenticate', challenge);
    this.log.warn({ event: 'auth.refused', code: error.code });
    throw error;
  }

  private isPublic(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let isPublic = this.publicHandlers.get(handler);
    if (isPublic === undefined) {
      isPublic = isPublicRoute(handler, context.getClass());
      this.publicHandlers.set(handler, isPublic);
    }
    return isPublic;
  }
}

const SESSION_ENDED = new AuthError('session_ended', 'You have been signed out. Sign in again.');

/** Which of the few things that a client can act upon happened; nothing about keys or claims. */
function reasonOf(info: unknown): AuthError {
  if (info === undefined || info === null) return SESSION_ENDED;
  const { name, message } = info as Error;
  if (name === 'TokenExpiredError') {
    return new AuthError('token_expired', 'The access token has expired. Renew it.');
  }
  return message === 'No auth token'
    ? new AuthError('unauthenticated', 'Sign in first.')
    : new AuthError('invalid_token', 'The access token is not valid. Sign in again.');
}
