import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { alertConfig } from './alert.config.js';
import { Notification } from './notification.entity.js';
import { NotificationService } from './notification.service.js';

/** The notifications in the database; commands need nothing else. */
@Module({
  imports: [ConfigModule.forFeature(alertConfig), MikroOrmModule.forFeature([Notification])],
  providers: [NotificationService],
  exports: [ConfigModule, NotificationService],
})
export class NotificationsModule {}
