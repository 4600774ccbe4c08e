import type { Principal } from '@app/access';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { callbackify } from 'node:util';
import { Strategy } from 'passport-jwt';
import { validate } from 'uuid';
import { SessionService } from '../session.service.js';
import { type AccessTokenClaims, TOKEN_RULES } from '../tokens/access-token-claims.js';
import { AccessTokenService } from '../tokens/access-token.service.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import { type AuthorizedRequest, presentedToken } from './presented-token.js';

/** Verifies a token that is not in the cache, then checks that its session is live. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    private readonly tokens: AccessTokenService,
    private readonly sessions: SessionService,
    private readonly cache: PrincipalCache,
  ) {
    super({
      jwtFromRequest: (request: AuthorizedRequest) => presentedToken(request)?.token ?? null,
      secretOrKeyProvider: callbackify(async (_request: unknown, token: string) => {
        const secret = await tokens.secretFor(token);
        if (secret === undefined) throw new Error('not an issued access token');
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
    if (!principal || principal.accountId !== claims.sub) return false;
    // The guard uses the binding of the session; a token with another binding was not issued for it.
    if (claims.cnf?.jkt !== principal.dpopKey) return false;
    const { token } = presentedToken(request)!;
    if (!this.tokens.isKeyValid(token)) return false;
    this.cache.rememberToken(token, claims.sid, claims.exp * 1000);
    return principal;
  }
}
