import type { FetchLike } from '@modelcontextprotocol/client';
import { challengeOf } from './bearer-challenge.js';
import type { TargetAuthorization } from '../targets/authorized-target.js';

/**
 * Sends each request with the user's token. One that is refused with 401, or with 403 for want of a scope, was not
 * executed (RFC 6750 §3.1): it is sent once more with another token, if there is one.
 */
export function authorizedFetch(
  send: FetchLike,
  { credential, shown }: TargetAuthorization,
): FetchLike {
  return async (url, init = {}) => {
    const attempt = (token: string) => {
      shown.add(token);
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      return send(url, { ...init, headers });
    };
    const first = await credential.token();
    const response = await attempt(first);
    const challenge = challengeOf(response);
    if (!challenge) return response;
    await response.body?.cancel();
    const second = await credential.renew(first, challenge);
    const answer = await attempt(second);
    const refusal = challengeOf(answer);
    if (!refusal) return answer;
    await answer.body?.cancel();
    return credential.giveUp(second, refusal);
  };
}
