import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomUUID } from 'node:crypto';
import { isAccessTokenClaims, isAccessTokenHeader, TOKEN_RULES } from './access-token-claims.js';
import { TOKEN_LIFETIME_SECONDS } from './key-ring.js';
import { SigningKeyService } from './signing-key.service.js';

export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Issues access tokens (RFC 7519) and finds the secret that verifies one. */
@Injectable()
export class AccessTokenService {
  constructor(
    private readonly jwt: JwtService,
    private readonly keys: SigningKeyService,
  ) {}

  /**
   * Claims: iss, aud, sub (account), sid (session), jti, iat, exp; no personal data. With a `dpopKey` also cnf.jkt,
   * which binds the token to that key (RFC 9449 §6.1).
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
        expiresIn: TOKEN_LIFETIME_SECONDS,
        header: { alg: TOKEN_RULES.algorithm, typ: TOKEN_RULES.type, kid },
      },
    );
    return { token, expiresAt: new Date((issuedAt + TOKEN_LIFETIME_SECONDS) * 1000) };
  }

  /**
   * The secret for the `kid` of a token; undefined if its header or claims are not those of an issued token. This reads
   * them before the signature is verified; the verification then covers the same bytes.
   *
   * @throws SecurityError `unavailable` if the database does not answer
   */
  async secretFor(token: string): Promise<string | undefined> {
    const kid = this.keyIdOf(token);
    return kid === undefined ? undefined : this.keys.find(kid);
  }

  /** Whether the key of a token still verifies: it may have been revoked while the token was being verified. */
  isKeyValid(token: string): boolean {
    return this.keys.secretOf(this.keyIdOf(token) ?? '') !== undefined;
  }

  private keyIdOf(token: string): string | undefined {
    const decoded: unknown = this.jwt.decode(token, { complete: true });
    const { header, payload } = (decoded ?? {}) as { header?: unknown; payload?: unknown };
    if (!isAccessTokenHeader(header)) return undefined;
    return isAccessTokenClaims(payload, Date.now() / 1000) ? header.kid : undefined;
  }
}
