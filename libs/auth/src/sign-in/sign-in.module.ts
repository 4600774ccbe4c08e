import { MailModule } from '@app/mail';
import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AnonymousController } from './anonymous/anonymous.controller.js';
import { AnonymousService } from './anonymous/anonymous.service.js';
import { AuthController } from './auth.controller.js';
import { PasswordController } from './password/password.controller.js';
import { PasswordService } from './password/password.service.js';
import { RecoveryController } from './recovery/recovery.controller.js';
import { RecoveryService } from './recovery/recovery.service.js';
import { SignInService } from './sign-in.service.js';

/** Registration and sign-in with a password, anonymous accounts, and password recovery by mail. */
@Module({
  imports: [AccountsModule, SessionsModule, FactorsModule, MailModule],
  controllers: [AnonymousController, AuthController, PasswordController, RecoveryController],
  providers: [AnonymousService, PasswordService, RecoveryService, SignInService],
})
export class SignInModule {}
