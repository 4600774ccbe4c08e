import { CredentialError } from '../accounts/credential.error.js';

export type SessionErrorCode =
  | 'unauthenticated'
  | 'invalid_token'
  | 'token_expired'
  | 'session_ended'
  | 'invalid_refresh_token'
  | 'session_not_found'
  | 'forbidden';

export class SessionError extends CredentialError<SessionErrorCode> {
  override readonly name = 'SessionError';

  static invalidRefreshToken(accountId?: string): SessionError {
    const message = 'The session cannot be renewed. Sign in again.';
    return Object.assign(new SessionError('invalid_refresh_token', message), { accountId });
  }

  static sessionEnded(): SessionError {
    return new SessionError('session_ended', 'You have been signed out. Sign in again.');
  }
}
