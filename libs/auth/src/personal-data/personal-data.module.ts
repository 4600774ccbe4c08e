import { MailModule } from '@app/mail';
import { SecurityModule } from '@app/security';
import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AccountDataSource } from './account-data.source.js';
import { AccountDeletionService } from './account-deletion.service.js';
import { ExpiredRowsJob } from './cleanup/expired-rows.job.js';
import { EmailDataSource } from './email-data.source.js';
import { FactorDataSource } from './factor-data.source.js';
import { GuessDataSource } from './guess-data.source.js';

/** Export and erasure of the personal data in the other wings, and deletion of expired rows. */
@Module({
  imports: [AccountsModule, SessionsModule, FactorsModule, MailModule, SecurityModule],
  providers: [
    AccountDataSource,
    AccountDeletionService,
    EmailDataSource,
    ExpiredRowsJob,
    FactorDataSource,
    GuessDataSource,
  ],
  exports: [
    AccountDataSource,
    AccountDeletionService,
    EmailDataSource,
    FactorDataSource,
    GuessDataSource,
  ],
})
export class PersonalDataModule {}
