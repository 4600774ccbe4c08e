import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AdminCreationService } from './admin-creation.service.js';
import { FactorRemovalService } from './factor-removal.service.js';

/** The administrative commands on accounts that an operator runs on the server. */
@Module({
  imports: [AccountsModule, SessionsModule, FactorsModule],
  providers: [AdminCreationService, FactorRemovalService],
  exports: [AdminCreationService, FactorRemovalService],
})
export class AdminCliModule {}
