import { IsId, ListQuery } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { NOTIFICATION_STATES, type NotificationState } from './notification-state.js';

export class NotificationParams {
  @IsId()
  notificationId!: string;
}

export class NotificationsQuery extends ListQuery {
  @ApiPropertyOptional({ enum: NOTIFICATION_STATES })
  @IsOptional()
  @IsIn(NOTIFICATION_STATES)
  state?: NotificationState;
}
