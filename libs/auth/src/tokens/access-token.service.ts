import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { JwtService } from '@nestjs/jwt';
import { createHash, randomUUID } from 'node:crypto';
import { authConfig } from '../auth.config.js';

/** How long an access token lives. Seconds. */
const LIFETIME = 24 * 3600;

/** The one kind of token here, named in its header so that no other JWT can pass for it (RFC 8725 §3.11). */
const TYPE = 'at+jwt';

/** What every token is checked against; no other algorithm is ever tried (RFC 8725 §3.1). */
export const TOKEN_RULES = {
  algorithm: 'HS256',
  issuer: 'mcp-gateway',
  audience: 'mcp-mobile-app',
} as const;

export interface AccessTokenClaims {
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly exp: number;
}

export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Signs access tokens (RFC 7519) and knows which secret verifies one. */
@Injectable()
export class AccessTokenService {
  private readonly secrets: ReadonlyMap<string, string>;
  private readonly currentKeyId: string;

  constructor(
    @Inject(JwtService) private readonly jwt: JwtService,
    @Inject(authConfig.KEY) config: ConfigType<typeof authConfig>,
  ) {
    this.currentKeyId = keyId(config.jwtSecret);
    const previous = config.jwtSecretPrevious;
    this.secrets = new Map([
      ...(previous ? [[keyId(previous), previous] as const] : []),
      [this.currentKeyId, config.jwtSecret],
    ]);
  }

  /** Claims: iss, aud, sub (account), sid (session), jti, iat, exp; nothing about the person. */
  issue(accountId: string, sessionId: string): IssuedAccessToken {
    const issuedAt = Math.floor(Date.now() / 1000);
    const token = this.jwt.sign(
      { sub: accountId, sid: sessionId, jti: randomUUID(), iat: issuedAt },
      {
        secret: this.secrets.get(this.currentKeyId)!,
        algorithm: TOKEN_RULES.algorithm,
        issuer: TOKEN_RULES.issuer,
        audience: TOKEN_RULES.audience,
        expiresIn: LIFETIME,
        header: { alg: TOKEN_RULES.algorithm, typ: TYPE, kid: this.currentKeyId },
      },
    );
    return { token, expiresAt: new Date((issuedAt + LIFETIME) * 1000) };
  }

  /** The secret that a token names by its `kid`, among our own; undefined if it is not one of our tokens. */
  secretFor(token: string): string | undefined {
    const decoded: unknown = this.jwt.decode(token, { complete: true });
    const header = (decoded as { header?: { typ?: unknown; kid?: unknown } } | null)?.header;
    if (header?.typ !== TYPE || typeof header.kid !== 'string') return undefined;
    return this.secrets.get(header.kid);
  }
}

function keyId(secret: string): string {
  return createHash('sha256').update(`kid:${secret}`).digest('base64url').slice(0, 12);
}
