import type { FetchLike, OAuthTokens } from '@modelcontextprotocol/client';
import type { IssuedTokens } from './grant.js';
import { OAuthFailure } from './oauth-failure.js';
import { boundedScope } from './scope-text.js';

/** What an access token and a refresh token may consist of (RFC 6750 §2.1, RFC 6749 §A.17), and how long they may be. */
const ACCESS_TOKEN = /^[\x21-\x7e]{1,16384}$/;
const REFRESH_TOKEN = /^[\x20-\x7e]{1,16384}$/;

/** Members of an answer that are of use here, each with what it has to be. */
const READ_MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  access_token: (value) => value !== undefined,
  token_type: (value) => value !== undefined,
  refresh_token: (value) => typeof value === 'string' && value !== '',
  scope: (value) => typeof value === 'string',
  expires_in: (value) => typeof value === 'number' || /^\d+(\.\d+)?$/.test(String(value)),
  error: (value) => typeof value === 'string',
};

/** Leaves out of the answers of a token endpoint what is odd in them: it does not cost what is needed of them. */
export function leniently(fetch: FetchLike): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (!response.ok) return response;
    const { status, headers } = response;
    return new Response(readable(await response.text()), { status, headers });
  };
}

/** @throws OAuthFailure Tokens that only their owner may use are sent as they are: of another type, they would be of no use. */
export function issuedTokens(tokens: OAuthTokens): IssuedTokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = tokens;
  if (tokens.token_type.toLowerCase() !== 'bearer') {
    throw new OAuthFailure(`The token is of the type ${tokens.token_type.slice(0, 40)}.`);
  }
  if (!ACCESS_TOKEN.test(accessToken)) throw new OAuthFailure('A token cannot be sent.');
  if (refreshToken !== undefined && !REFRESH_TOKEN.test(refreshToken)) {
    throw new OAuthFailure('A refresh token cannot be sent.');
  }
  return {
    accessToken,
    refreshToken,
    scope: boundedScope(tokens.scope),
    lifetimeMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

function readable(text: string): string {
  const answer = JSON.parse(text) as unknown;
  if (typeof answer !== 'object' || answer === null) return text;
  const members = Object.entries(answer).filter(([name, value]) => READ_MEMBERS[name]?.(value));
  return JSON.stringify(Object.fromEntries(members));
}
