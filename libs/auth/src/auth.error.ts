import { DomainError, type ErrorDetail } from '@app/security';

export type AuthErrorCode =
  | 'unauthenticated'
  | 'invalid_token'
  | 'token_expired'
  | 'session_ended'
  | 'invalid_credentials'
  | 'invalid_refresh_token'
  | 'username_taken'
  | 'weak_password';

export class AuthError extends DomainError<AuthErrorCode> {
  override readonly name = 'AuthError';

  /** The same for an unknown user and a wrong password. */
  static invalidCredentials(): AuthError {
    return new AuthError('invalid_credentials', 'The username or the password is wrong.');
  }

  static invalidRefreshToken(): AuthError {
    return new AuthError('invalid_refresh_token', 'The session cannot be renewed. Sign in again.');
  }

  static weakPassword(detail: ErrorDetail): AuthError {
    return new AuthError('weak_password', 'Choose a different password.', { details: [detail] });
  }
}
