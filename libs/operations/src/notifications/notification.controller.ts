import { RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NotificationParams, NotificationsQuery } from './notification.dto.js';
import type { NotificationErrorCode } from './notification.error.js';
import { NotificationDeliveryJob } from './notification-delivery.job.js';
import { NotificationService } from './notification.service.js';
import { NotificationPageView, NotificationView } from './notification.view.js';

const theNotification = ({ params }: AuditedCall) =>
  AuditObject.ofId('notification', params.notificationId);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/notifications')
export class NotificationController {
  constructor(
    private readonly notifications: NotificationService,
    private readonly delivery: NotificationDeliveryJob,
  ) {}

  @Audit({ action: 'notifications.listed' })
  @ApiOperation({
    operationId: 'listNotifications',
    summary: 'List the notifications to operators, including those that could not be delivered',
  })
  @ApiEnvelope(200, NotificationPageView)
  @Get()
  page(@Query() { limit, cursor, state }: NotificationsQuery): Promise<NotificationPageView> {
    return this.notifications.list(state, Number(limit ?? 50), cursor);
  }

  @Audit({ action: 'notification.retried', object: theNotification })
  @ApiOperation({
    operationId: 'retryNotification',
    summary: 'Retry a notification that could not be delivered',
  })
  @ApiEnvelope(200, NotificationView)
  @ApiErrors<NotificationErrorCode>('notification_not_found')
  @HttpCode(200)
  @Post(':notificationId/retry')
  async retry(@Param() { notificationId }: NotificationParams): Promise<NotificationView> {
    const notification = await this.notifications.retry(notificationId);
    this.delivery.request();
    return notification;
  }
}
