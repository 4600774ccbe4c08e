import { DomainError } from '@app/security';

export type NotificationErrorCode = 'notification_not_found';

export class NotificationError extends DomainError<NotificationErrorCode> {
  override readonly name = 'NotificationError';

  static notFound(): NotificationError {
    const message = 'There is no such notification that was given up.';
    return new NotificationError('notification_not_found', message);
  }
}
