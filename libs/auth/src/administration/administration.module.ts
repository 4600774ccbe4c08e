import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AdministrationService } from './administration.service.js';
import { AuditController } from './audit.controller.js';
import { UserController } from './user.controller.js';

/** The routes of administrators and auditors. */
@Module({
  imports: [AccountsModule, SessionsModule],
  controllers: [AuditController, UserController],
  providers: [AdministrationService],
})
export class AdministrationModule {}
