import { DomainError, type ErrorDetail } from '@app/security';

export type AccountErrorCode =
  | 'username_taken'
  | 'weak_password'
  | 'invalid_email_token'
  | 'email_required'
  | 'email_not_verified';

export class AccountError extends DomainError<AccountErrorCode> {
  override readonly name = 'AccountError';

  static usernameTaken(): AccountError {
    return new AccountError('username_taken', 'This username is taken. Choose another one.');
  }

  static weakPassword(detail: ErrorDetail): AccountError {
    return new AccountError('weak_password', 'Choose a different password.', {
      details: [detail],
    });
  }
}
