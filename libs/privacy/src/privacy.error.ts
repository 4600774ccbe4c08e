import { DomainError } from '@app/security';

export type PrivacyErrorCode =
  'consent_not_found' | 'consents_full' | 'erasure_begun' | 'role_held' | 'export_busy';

export class PrivacyError extends DomainError<PrivacyErrorCode> {
  override readonly name = 'PrivacyError';

  static roleHeld(): PrivacyError {
    return new PrivacyError('role_held', 'Another administrator has to take your role away first.');
  }

  static erasureBegun(): PrivacyError {
    return new PrivacyError('erasure_begun', 'It is too late: your data is being erased.');
  }

  static exportBusy(): PrivacyError {
    const message = 'An export is being sent already. Try again in a moment.';
    return new PrivacyError('export_busy', message, { retryAfter: 10 });
  }
}
