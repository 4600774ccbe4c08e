import { DomainError } from '@app/security';

export type AdministrationErrorCode = 'user_not_found' | 'own_account' | 'erasure_requested';

export class AdministrationError extends DomainError<AdministrationErrorCode> {
  override readonly name = 'AdministrationError';

  static userNotFound(): AdministrationError {
    return new AdministrationError('user_not_found', 'There is no such user.');
  }
}
