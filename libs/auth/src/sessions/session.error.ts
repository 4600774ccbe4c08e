import type { RefusalWarning } from '@app/security';
import { CredentialError } from '../accounts/credential.error.js';

export type SessionErrorCode =
  | 'unauthenticated'
  | 'invalid_token'
  | 'token_expired'
  | 'session_ended'
  | 'invalid_refresh_token'
  | 'session_not_found'
  | 'forbidden'
  | 'access_blocked'
  | 'sign_in_off';

/** What a request without a usable access token is refused with. */
const OF_ACCESS_TOKENS: ReadonlySet<SessionErrorCode> = new Set([
  'unauthenticated',
  'invalid_token',
  'token_expired',
  'session_ended',
]);

/** When to ask again for what an operator has switched off: only they know when it will be on. Seconds. */
const RETRY_AFTER_SWITCH = 60;

export class SessionError extends CredentialError<SessionErrorCode> {
  override readonly name = 'SessionError';

  static invalidRefreshToken(accountId?: string): SessionError {
    const message = 'The session cannot be renewed. Sign in again.';
    return Object.assign(new SessionError('invalid_refresh_token', message), { accountId });
  }

  static sessionEnded(): SessionError {
    return new SessionError('session_ended', 'You have been signed out. Sign in again.');
  }

  static accessBlocked(accountId?: string): SessionError {
    const message = 'Your access has been blocked. Ask the operator of this service.';
    return Object.assign(new SessionError('access_blocked', message), { accountId });
  }

  static signInOff(): SessionError {
    const message = 'Signing in has been switched off. Try again later.';
    return new SessionError('sign_in_off', message, { retryAfter: RETRY_AFTER_SWITCH });
  }

  override warning(): RefusalWarning | undefined {
    return OF_ACCESS_TOKENS.has(this.code) ? { event: 'auth.refused' } : undefined;
  }
}
