import { TOKEN_LIFETIME_SECONDS } from './key-ring.js';

/** The requirements on every token; no other algorithm is accepted (RFC 8725 §3.1). */
export const TOKEN_RULES = {
  algorithm: 'HS256',
  issuer: 'mcp-gateway',
  audience: 'mcp-mobile-app',
  /** Explicit typing, so that no other kind of JWT is accepted as an access token (RFC 8725 §3.11). */
  type: 'at+jwt',
} as const;

/** How far ahead the clock of the issuing instance may be. Seconds. */
const CLOCK_SKEW_SECONDS = 10;

/** The longest id in a token; issued ids are UUIDs. Characters. */
const MAX_ID_LENGTH = 64;

/** Issued tokens have no other member, so a header with an unknown one is refused (RFC 7515 §4.1.11, RFC 7797 §6). */
const HEADER_MEMBERS: ReadonlySet<string> = new Set(['alg', 'typ', 'kid']);

export interface AccessTokenHeader {
  readonly alg: string;
  readonly typ: string;
  readonly kid: string;
}

/** Times in seconds since 1970. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly cnf?: { readonly jkt: string };
}

export function isAccessTokenHeader(header: unknown): header is AccessTokenHeader {
  if (!isObject(header)) return false;
  const { typ, kid } = header;
  return (
    typ === TOKEN_RULES.type &&
    typeof kid === 'string' &&
    Object.keys(header).every((member) => HEADER_MEMBERS.has(member))
  );
}

/**
 * Whether every required claim is present and has its type (RFC 8725 §3.8 to §3.10). The JWT library checks the expiry
 * and the value of the audience.
 */
export function isAccessTokenClaims(claims: unknown, now: number): claims is AccessTokenClaims {
  if (!isObject(claims)) return false;
  const { sub, sid, jti, iat, exp, nbf, aud, cnf } = claims;
  return (
    [sub, sid, jti].every(isId) &&
    isInstant(iat) &&
    iat <= now + CLOCK_SKEW_SECONDS &&
    isInstant(exp) &&
    exp <= iat + TOKEN_LIFETIME_SECONDS &&
    (nbf === undefined || isInstant(nbf)) &&
    typeof aud === 'string' &&
    (cnf === undefined || (isObject(cnf) && typeof cnf.jkt === 'string'))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH;
}

function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
