import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { validate } from 'uuid';
import { SessionService } from '../sessions/session.service.js';
import { type AccessTokenClaims, AccessTokenService, TOKEN_RULES } from './access-token.service.js';
import { PrincipalCache } from './principal-cache.js';
import type { Principal } from './principal.js';

/** Verifies a token that has not been seen before, then looks whether its session is live. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    @Inject(AccessTokenService) tokens: AccessTokenService,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
  ) {
    super({
      jwtFromRequest: bearerToken,
      secretOrKeyProvider: (_request: unknown, token: string, done: KeyCallback) => {
        const secret = tokens.secretFor(token);
        done(secret ? null : new Error('not a token of ours'), secret);
      },
      algorithms: [TOKEN_RULES.algorithm],
      issuer: TOKEN_RULES.issuer,
      audience: TOKEN_RULES.audience,
      ignoreExpiration: false,
      passReqToCallback: true,
    });
  }

  async validate(request: never, claims: AccessTokenClaims): Promise<Principal | false> {
    const principal = validate(claims.sid) && (await this.sessions.principalOf(claims.sid));
    if (!principal || principal.userId !== claims.sub) return false;
    this.cache.rememberToken(bearerToken(request)!, claims.sid, claims.exp * 1000);
    return principal;
  }
}

type KeyCallback = (error: Error | null, secret?: string) => void;

/** The token of the Authorization header; never from the address or the body (RFC 6750 §2.1). */
export const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken() as (request: {
  headers: Record<string, unknown>;
}) => string | null;
