import { DomainError, type ErrorDetail } from '@app/security';

export type AuthErrorCode =
  | 'unauthenticated'
  | 'invalid_token'
  | 'token_expired'
  | 'session_ended'
  | 'invalid_credentials'
  | 'invalid_refresh_token'
  | 'dpop_proof_required'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'too_many_attempts'
  | 'second_factor_required'
  | 'invalid_second_factor'
  | 'invalid_challenge'
  | 'invalid_passkey'
  | 'step_up_required'
  | 'second_factor_needed'
  | 'second_factor_on'
  | 'second_factor_off'
  | 'passkey_refused'
  | 'passkey_known'
  | 'passkey_not_found'
  | 'too_many_passkeys'
  | 'account_required'
  | 'forbidden'
  | 'session_not_found'
  | 'user_not_found'
  | 'own_account'
  | 'not_anonymous'
  | 'username_taken'
  | 'invalid_email_token'
  | 'invalid_reset_token'
  | 'email_required'
  | 'email_not_verified'
  | 'weak_password';

export class AuthError extends DomainError<AuthErrorCode> {
  override readonly name = 'AuthError';

  /** Whose account was tried. For the audit trail; no caller learns of it. */
  accountId?: string;

  /** The same for an unknown user and a wrong password. */
  static invalidCredentials(accountId?: string): AuthError {
    const message = 'The username or the password is wrong.';
    return Object.assign(new AuthError('invalid_credentials', message), { accountId });
  }

  static wrongPassword(): AuthError {
    return new AuthError('invalid_credentials', 'The password is wrong.');
  }

  static invalidRefreshToken(accountId?: string): AuthError {
    const message = 'The session cannot be renewed. Sign in again.';
    return Object.assign(new AuthError('invalid_refresh_token', message), { accountId });
  }

  static sessionEnded(): AuthError {
    return new AuthError('session_ended', 'You have been signed out. Sign in again.');
  }

  static usernameTaken(): AuthError {
    return new AuthError('username_taken', 'This username is taken. Choose another one.');
  }

  static weakPassword(detail: ErrorDetail): AuthError {
    return new AuthError('weak_password', 'Choose a different password.', { details: [detail] });
  }

  /** The same whether or not the account exists. */
  static tooManyAttempts(retryAfter: number): AuthError {
    return new AuthError(
      'too_many_attempts',
      'Too many failed attempts. Wait, or use a device on which you have signed in before.',
      { retryAfter },
    );
  }

  static stepUpRequired(methods: readonly string[]): AuthError {
    return new AuthError('step_up_required', 'Confirm that it is you, then try again.', {
      methods,
    });
  }

  /** The password was right; `challenge` is what the second half of the login answers. */
  static secondFactorRequired(challenge: string, methods: readonly string[]): AuthError {
    return new AuthError('second_factor_required', 'Confirm with your second factor.', {
      challenge,
      methods,
    });
  }

  /** The same for a wrong proof, a used one and one that is too old. */
  static invalidSecondFactor(): AuthError {
    return new AuthError(
      'invalid_second_factor',
      'That is wrong, was used before or has expired. Try again.',
    );
  }

  static invalidChallenge(): AuthError {
    return new AuthError(
      'invalid_challenge',
      'That took too long, or was done before. Begin again.',
    );
  }

  static invalidPasskey(): AuthError {
    return new AuthError('invalid_passkey', 'This passkey cannot sign in. Try another way.');
  }

  static secondFactorOn(): AuthError {
    return new AuthError('second_factor_on', 'Turn the codes off before you set them up anew.');
  }

  static secondFactorOff(): AuthError {
    return new AuthError('second_factor_off', 'Set up a second factor first.');
  }

  static secondFactorNeeded(): AuthError {
    return new AuthError('second_factor_needed', 'Set up a second factor first.');
  }
}
