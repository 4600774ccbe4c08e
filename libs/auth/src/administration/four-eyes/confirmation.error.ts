import { DomainError } from '@app/security';

export type ConfirmationErrorCode =
  'confirmation_required' | 'confirmation_not_found' | 'own_request';

export class ConfirmationError extends DomainError<ConfirmationErrorCode> {
  override readonly name = 'ConfirmationError';

  static required(confirmationId: string, expiresAt: Date): ConfirmationError {
    const end = expiresAt.toISOString();
    return new ConfirmationError(
      'confirmation_required',
      `Another administrator has to confirm ${confirmationId} until ${end}. Then do the same again.`,
      { confirmationId, expiresAt: end },
    );
  }

  static notFound(): ConfirmationError {
    const message = 'There is nothing to confirm: it is over, or has been answered.';
    return new ConfirmationError('confirmation_not_found', message);
  }

  static ownRequest(): ConfirmationError {
    const message =
      'Another administrator has to confirm what you have asked for, or what is about you.';
    return new ConfirmationError('own_request', message);
  }
}
