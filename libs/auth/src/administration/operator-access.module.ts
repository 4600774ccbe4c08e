import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AccountDirectoryService } from './account-directory.service.js';
import { SignOutService } from './sign-out.service.js';

/** What operators need of accounts in whatever they do: who is who, and an end to their sessions. */
@Module({
  imports: [AccountsModule, SessionsModule],
  providers: [AccountDirectoryService, SignOutService],
  exports: [AccountDirectoryService, SignOutService],
})
export class OperatorAccessModule {}
