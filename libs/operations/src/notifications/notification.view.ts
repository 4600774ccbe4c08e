import { ApiProperty } from '@nestjs/swagger';
import { type Channel, CHANNELS, type Notification } from './notification.entity.js';
import { NOTIFICATION_STATES, type NotificationState } from './notification-state.js';

export class NotificationView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  eventId!: string;

  @ApiProperty({ enum: CHANNELS })
  channel!: Channel;

  @ApiProperty({
    enum: NOTIFICATION_STATES,
    description: 'dead: all attempts have failed; it can be retried.',
  })
  state!: NotificationState;

  @ApiProperty({ type: 'integer', minimum: 0 })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When the next attempt is made.' })
  dueAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  settledAt!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'status_503',
    description: 'Why the last attempt failed.',
  })
  reason!: string | null;
}

export class NotificationPageView {
  @ApiProperty({ type: [NotificationView] })
  notifications!: NotificationView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export function toNotificationView(notification: Notification): NotificationView {
  const { id, eventId, channel, state, attempts, createdAt, dueAt, settledAt } = notification;
  return {
    id,
    eventId,
    channel,
    state,
    attempts,
    createdAt: createdAt.toISOString(),
    dueAt: dueAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
    reason: notification.reason ?? null,
  };
}
