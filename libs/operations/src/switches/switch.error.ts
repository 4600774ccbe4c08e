import { DomainError } from '@app/security';

export type SwitchErrorCode = 'switch_not_found' | 'part_not_found' | 'own_account';

export class SwitchError extends DomainError<SwitchErrorCode> {
  override readonly name = 'SwitchError';

  static notFound(): SwitchError {
    return new SwitchError('switch_not_found', 'Nothing is switched off by that.');
  }

  static partNotFound(): SwitchError {
    return new SwitchError('part_not_found', 'There is nothing of that name to switch off.');
  }

  static ownAccount(): SwitchError {
    const message = 'Ask another administrator to do this to your account.';
    return new SwitchError('own_account', message);
  }
}
