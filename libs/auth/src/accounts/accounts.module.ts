import { MailModule } from '@app/mail';
import { SecurityModule } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Account } from './account.entity.js';
import { credentialsConfig } from './credentials/credentials.config.js';
import { DerivedKeyService } from './credentials/derived-key.service.js';
import { PasswordHashService } from './credentials/password-hash.service.js';
import { PasswordPolicyService } from './credentials/password-policy.service.js';
import { SecretBoxService } from './credentials/secret-box.service.js';
import { EmailToken } from './email/email-token.entity.js';
import { EmailTokenService } from './email/email-token.service.js';
import { emailConfig } from './email/email.config.js';
import { EmailController } from './email/email.controller.js';
import { EmailService } from './email/email.service.js';
import { MailAllowanceService } from './notices/mail-allowance.service.js';
import { NoticeMailService } from './notices/notice-mail.service.js';
import { NoticeController } from './notices/notice.controller.js';
import { SecurityNotice } from './notices/security-notice.entity.js';
import { SecurityNoticeService } from './notices/security-notice.service.js';

/** Accounts, their passwords, email addresses and security notices. */
@Module({
  imports: [
    ConfigModule.forFeature(credentialsConfig),
    ConfigModule.forFeature(emailConfig),
    MikroOrmModule.forFeature([Account, EmailToken, SecurityNotice]),
    MailModule,
    SecurityModule,
  ],
  controllers: [EmailController, NoticeController],
  providers: [
    DerivedKeyService,
    EmailService,
    EmailTokenService,
    MailAllowanceService,
    NoticeMailService,
    PasswordHashService,
    PasswordPolicyService,
    SecretBoxService,
    SecurityNoticeService,
  ],
  exports: [
    ConfigModule,
    DerivedKeyService,
    EmailService,
    EmailTokenService,
    MailAllowanceService,
    PasswordHashService,
    PasswordPolicyService,
    SecretBoxService,
    SecurityNoticeService,
  ],
})
export class AccountsModule {}
