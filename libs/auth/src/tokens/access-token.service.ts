import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomUUID } from 'node:crypto';
import { TOKEN_LIFETIME } from '../keys/key-ring.js';
import { SigningKeys } from '../keys/signing-keys.service.js';

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
  readonly cnf?: { readonly jkt?: unknown };
}

export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Signs access tokens (RFC 7519) and knows which secret verifies one. */
@Injectable()
export class AccessTokenService {
  constructor(
    @Inject(JwtService) private readonly jwt: JwtService,
    @Inject(SigningKeys) private readonly keys: SigningKeys,
  ) {}

  /**
   * Claims: iss, aud, sub (account), sid (session), jti, iat, exp; nothing about the person. With a `dpopKey` also
   * cnf.jkt, which binds the token to that key (RFC 9449 §6.1).
   */
  issue(accountId: string, sessionId: string, dpopKey?: string): IssuedAccessToken {
    const issuedAt = Math.floor(Date.now() / 1000);
    const { kid, key } = this.keys.signer;
    const token = this.jwt.sign(
      {
        sub: accountId,
        sid: sessionId,
        jti: randomUUID(),
        iat: issuedAt,
        ...(dpopKey ? { cnf: { jkt: dpopKey } } : {}),
      },
      {
        privateKey: key,
        algorithm: TOKEN_RULES.algorithm,
        issuer: TOKEN_RULES.issuer,
        audience: TOKEN_RULES.audience,
        expiresIn: TOKEN_LIFETIME,
        header: { alg: TOKEN_RULES.algorithm, typ: TYPE, kid },
      },
    );
    return { token, expiresAt: new Date((issuedAt + TOKEN_LIFETIME) * 1000) };
  }

  /**
   * The secret that a token names by its `kid`, among our own; undefined if it is not one of our tokens.
   *
   * @throws SecurityError `unavailable` if that cannot be told
   */
  async secretFor(token: string): Promise<string | undefined> {
    const kid = this.keyIdOf(token);
    return kid === undefined ? undefined : this.keys.find(kid);
  }

  /** Whether the key of a token still verifies: another one may have taken its place while the token was looked at. */
  isKeyValid(token: string): boolean {
    return this.keys.secretOf(this.keyIdOf(token) ?? '') !== undefined;
  }

  private keyIdOf(token: string): string | undefined {
    const decoded: unknown = this.jwt.decode(token, { complete: true });
    const header = (decoded as { header?: { typ?: unknown; kid?: unknown } } | null)?.header;
    return header?.typ === TYPE && typeof header.kid === 'string' ? header.kid : undefined;
  }
}
