import { DomainError } from '@app/security';

export type AdministrationErrorCode =
  'user_not_found' | 'own_account' | 'erasure_requested' | 'role_not_held';

export class AdministrationError extends DomainError<AdministrationErrorCode> {
  override readonly name = 'AdministrationError';

  static userNotFound(): AdministrationError {
    return new AdministrationError('user_not_found', 'There is no such user.');
  }

  static ownAccount(): AdministrationError {
    const message = 'Ask another administrator to do this to your account.';
    return new AdministrationError('own_account', message);
  }

  static erasureRequested(): AdministrationError {
    return new AdministrationError('erasure_requested', 'This user has asked to be erased.');
  }

  static roleNotHeld(): AdministrationError {
    return new AdministrationError('role_not_held', 'This user does not have that role any more.');
  }
}
