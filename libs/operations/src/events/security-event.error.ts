import { DomainError } from '@app/security';

export type SecurityEventErrorCode = 'security_event_not_found';

export class SecurityEventError extends DomainError<SecurityEventErrorCode> {
  override readonly name = 'SecurityEventError';

  static notFound(): SecurityEventError {
    return new SecurityEventError('security_event_not_found', 'There is no such security event.');
  }
}
