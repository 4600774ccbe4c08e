import { MailModule } from '@app/mail';
import { SecurityModule } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Account } from '../accounts/account.entity.js';
import { authConfig } from '../auth.config.js';
import { AuthChallenge } from '../challenges/auth-challenge.entity.js';
import { credentialsConfig } from '../credentials/credentials.config.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { PasswordPolicy } from '../credentials/password-policy.service.js';
import { KnownDevice } from '../devices/known-device.entity.js';
import { EmailToken } from '../email/email-token.entity.js';
import { MailAllowance } from '../email/mail-allowance.service.js';
import { NoticeMails } from '../notices/notice-mails.service.js';
import { SecurityNotice } from '../notices/security-notice.entity.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { Passkey } from '../passkeys/passkey.entity.js';
import { RecoveryCode } from '../second-factor/recovery-code.entity.js';
import { TotpSecret } from '../second-factor/totp-secret.entity.js';
import { Session } from '../sessions/session.entity.js';
import { AdminCreation } from './admin-creation.service.js';
import { FactorRemoval } from './factor-removal.service.js';

/** What the commands need by which an operator acts on accounts, and nothing that serves requests. */
@Module({
  imports: [
    ConfigModule.forFeature(authConfig),
    ConfigModule.forFeature(credentialsConfig),
    MikroOrmModule.forFeature([
      Account,
      AuthChallenge,
      EmailToken,
      KnownDevice,
      Passkey,
      RecoveryCode,
      SecurityNotice,
      Session,
      TotpSecret,
    ]),
    MailModule,
    SecurityModule,
  ],
  providers: [
    AdminCreation,
    FactorRemoval,
    MailAllowance,
    NoticeMails,
    PasswordHasher,
    PasswordPolicy,
    SecurityNotices,
  ],
  exports: [AdminCreation, FactorRemoval],
})
export class OperatorActsModule {}
