import { CredentialError } from '../accounts/credential.error.js';

export type FactorErrorCode =
  | 'invalid_credentials'
  | 'too_many_attempts'
  | 'account_required'
  | 'step_up_required'
  | 'second_factor_required'
  | 'second_factor_setup_required'
  | 'second_factor_on'
  | 'second_factor_off'
  | 'invalid_second_factor'
  | 'invalid_challenge'
  | 'invalid_passkey'
  | 'passkey_refused'
  | 'passkey_known'
  | 'passkey_not_found'
  | 'too_many_passkeys';

export class FactorError extends CredentialError<FactorErrorCode> {
  override readonly name = 'FactorError';

  /**
   * The same for an unknown user and a wrong password. A failure that starts a lock does not count towards the sign-in
   * limit as well.
   */
  static invalidCredentials(accountId?: string, isLocking = false): FactorError {
    const message = 'The username or the password is wrong.';
    const error = new FactorError('invalid_credentials', message);
    return Object.assign(error, { accountId, isFailedAttempt: !isLocking });
  }

  static wrongPassword(): FactorError {
    return new FactorError('invalid_credentials', 'The password is wrong.');
  }

  /** The same response whether or not the account exists. */
  static tooManyAttempts(retryAfter: number): FactorError {
    return new FactorError(
      'too_many_attempts',
      'Too many failed attempts. Wait, or use a device on which you have signed in before.',
      { retryAfter },
    );
  }

  static accountRequired(): FactorError {
    return new FactorError('account_required', 'Create an account first.');
  }

  static stepUpRequired(methods: readonly string[]): FactorError {
    return new FactorError('step_up_required', 'Confirm that it is you, then try again.', {
      methods,
    });
  }

  /** The password was right; the second step of the sign-in returns `challenge`. */
  static secondFactorRequired(challenge: string, methods: readonly string[]): FactorError {
    const extra = { challenge, methods };
    const error = new FactorError(
      'second_factor_required',
      'Confirm with your second factor.',
      extra,
    );
    return Object.assign(error, { isFailedAttempt: false });
  }

  static secondFactorSetupRequired(): FactorError {
    return new FactorError('second_factor_setup_required', 'Set up a second factor first.');
  }

  static secondFactorOn(): FactorError {
    return new FactorError('second_factor_on', 'Turn the codes off before you set them up anew.');
  }

  static secondFactorOff(): FactorError {
    return new FactorError('second_factor_off', 'Set up a second factor first.');
  }

  /** The same for a wrong, a used and an expired proof. */
  static invalidSecondFactor(isLocking = false): FactorError {
    const message = 'That is wrong, was used before or has expired. Try again.';
    const error = new FactorError('invalid_second_factor', message);
    return Object.assign(error, { isFailedAttempt: !isLocking });
  }

  static invalidChallenge(): FactorError {
    return new FactorError(
      'invalid_challenge',
      'That took too long, or was done before. Begin again.',
    );
  }

  static invalidPasskey(): FactorError {
    return new FactorError('invalid_passkey', 'This passkey cannot sign in. Try another way.');
  }
}
