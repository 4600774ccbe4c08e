import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { callbackify } from 'node:util';
import { Strategy } from 'passport-jwt';
import { validate } from 'uuid';
import { SessionService } from '../sessions/session.service.js';
import { type AccessTokenClaims, AccessTokenService, TOKEN_RULES } from './access-token.service.js';
import { type AuthorizedRequest, presentedToken } from './presented-token.js';
import { PrincipalCache } from './principal-cache.js';
import type { Principal } from './principal.js';

/** Verifies a token that has not been seen before, then looks whether its session is live. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    @Inject(AccessTokenService) private readonly tokens: AccessTokenService,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
  ) {
    super({
      jwtFromRequest: (request: AuthorizedRequest) => presentedToken(request)?.token ?? null,
      secretOrKeyProvider: callbackify(async (_request: unknown, token: string) => {
        const secret = await tokens.secretFor(token);
        if (secret === undefined) throw new Error('not a token of ours');
        return secret;
      }),
      algorithms: [TOKEN_RULES.algorithm],
      issuer: TOKEN_RULES.issuer,
      audience: TOKEN_RULES.audience,
      ignoreExpiration: false,
      passReqToCallback: true,
    });
  }

  async validate(
    request: AuthorizedRequest,
    claims: AccessTokenClaims,
  ): Promise<Principal | false> {
    const principal = validate(claims.sid) && (await this.sessions.principalOf(claims.sid));
    if (!principal || principal.userId !== claims.sub) return false;
    // The guard goes by the session; a token that says otherwise is none that was issued for it.
    if (claims.cnf?.jkt !== principal.dpopKey) return false;
    const { token } = presentedToken(request)!;
    if (!this.tokens.isKeyValid(token)) return false;
    this.cache.rememberToken(token, claims.sid, claims.exp * 1000);
    return principal;
  }
}
