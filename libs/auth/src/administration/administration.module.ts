import { MailModule } from '@app/mail';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AdministrationServicesModule } from './administration-services.module.js';
import { AuditController } from './audit.controller.js';
import { ConfirmationMailsJob } from './four-eyes/confirmation-mails.job.js';
import { ConfirmationController } from './four-eyes/confirmation.controller.js';
import { RoleController } from './role.controller.js';
import { administrationConfig } from './settings/administration.config.js';
import { UserController } from './user.controller.js';

/** The routes of administrators and auditors. */
@Module({
  imports: [
    AccountsModule,
    AdministrationServicesModule,
    ConfigModule.forFeature(administrationConfig),
    MailModule,
  ],
  providers: [ConfirmationMailsJob],
  controllers: [AuditController, ConfirmationController, RoleController, UserController],
})
export class AdministrationModule {}
