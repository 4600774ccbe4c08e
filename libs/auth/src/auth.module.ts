import { MailModule } from '@app/mail';
import { persistenceConfig } from '@app/persistence';
import { SecurityModule } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { AccountData } from './accounts/account-data.js';
import { AccountDeletion } from './accounts/account-deletion.service.js';
import { Account } from './accounts/account.entity.js';
import { Administration } from './administration/administration.service.js';
import { AuditController } from './administration/audit.controller.js';
import { UserController } from './administration/user.controller.js';
import { AnonymousController } from './anonymous/anonymous.controller.js';
import { AnonymousService } from './anonymous/anonymous.service.js';
import { authConfig } from './auth.config.js';
import { AuthChallenge } from './challenges/auth-challenge.entity.js';
import { AuthChallenges } from './challenges/auth-challenges.service.js';
import { credentialsConfig } from './credentials/credentials.config.js';
import { PasswordHasher } from './credentials/password-hasher.service.js';
import { PasswordPolicy } from './credentials/password-policy.service.js';
import { SecretBox } from './credentials/secret-box.service.js';
import { KnownDevice } from './devices/known-device.entity.js';
import { KnownDevices } from './devices/known-devices.service.js';
import { GuessData } from './guessing/guess-data.js';
import { emailConfig } from './email/email.config.js';
import { EmailController } from './email/email.controller.js';
import { EmailService } from './email/email.service.js';
import { EmailData } from './email/email-data.js';
import { EmailToken } from './email/email-token.entity.js';
import { EmailTokens } from './email/email-tokens.service.js';
import { MailAllowance } from './email/mail-allowance.service.js';
import { dpopConfig } from './dpop/dpop.config.js';
import { DpopNonces } from './dpop/dpop-nonces.service.js';
import { DpopProofs } from './dpop/dpop-proofs.service.js';
import { ProofReplay } from './dpop/proof-replay.service.js';
import { StoredProofs } from './dpop/stored-proofs.service.js';
import { GuessCounter } from './guessing/guess-counter.entity.js';
import { GuessCounters } from './guessing/guess-counters.js';
import { Guessing } from './guessing/guessing.service.js';
import { LockNotices } from './guessing/lock-notices.service.js';
import { Spraying } from './guessing/spraying.service.js';
import { SigningKeysModule } from './keys/signing-keys.module.js';
import { NoticeController } from './notices/notice.controller.js';
import { NoticeMails } from './notices/notice-mails.service.js';
import { SecurityNotice } from './notices/security-notice.entity.js';
import { SecurityNotices } from './notices/security-notices.service.js';
import { PasswordController } from './password/password.controller.js';
import { PasswordService } from './password/password.service.js';
import { RecoveryController } from './recovery/recovery.controller.js';
import { RecoveryService } from './recovery/recovery.service.js';
import { PasskeyAssertions } from './passkeys/passkey-assertions.service.js';
import { PasskeySignInController } from './passkeys/passkey-sign-in.controller.js';
import { PasskeySignIn } from './passkeys/passkey-sign-in.service.js';
import { PasskeyController } from './passkeys/passkey.controller.js';
import { Passkey } from './passkeys/passkey.entity.js';
import { PasskeyService } from './passkeys/passkey.service.js';
import { passkeysConfig } from './passkeys/passkeys.config.js';
import { FactorChanges } from './second-factor/factor-changes.service.js';
import { FactorData } from './second-factor/factor-data.js';
import { FactorProofs } from './second-factor/factor-proofs.service.js';
import { RecoveryCode } from './second-factor/recovery-code.entity.js';
import { RecoveryCodes } from './second-factor/recovery-codes.service.js';
import { SecondFactorLoginController } from './second-factor/second-factor-login.controller.js';
import { SecondFactorLogin } from './second-factor/second-factor-login.service.js';
import { secondFactorConfig } from './second-factor/second-factor.config.js';
import { SecondFactorController } from './second-factor/second-factor.controller.js';
import { SecondFactorService } from './second-factor/second-factor.service.js';
import { SecondFactors } from './second-factor/second-factors.service.js';
import { TotpSecret } from './second-factor/totp-secret.entity.js';
import { TotpService } from './second-factor/totp.service.js';
import { ExpiredSessions } from './sessions/expired-sessions.js';
import { Eviction } from './sessions/eviction.service.js';
import { OwnSessions } from './sessions/own-sessions.service.js';
import { RefreshToken } from './sessions/refresh-token.entity.js';
import { RefreshTokenService } from './sessions/refresh-token.service.js';
import { SessionController } from './sessions/session.controller.js';
import { Session } from './sessions/session.entity.js';
import { SessionService } from './sessions/session.service.js';
import { AuthController } from './sign-in/auth.controller.js';
import { SessionOpening } from './sign-in/session-opening.service.js';
import { SessionReplacement } from './sign-in/session-replacement.service.js';
import { SignInService } from './sign-in/sign-in.service.js';
import { StepUpController } from './step-up/step-up.controller.js';
import { StepUpService } from './step-up/step-up.service.js';
import { AccessTokenService } from './tokens/access-token.service.js';
import { JwtStrategy } from './tokens/jwt.strategy.js';

/** Accounts, their sessions and tokens. What its guards need is exported; the guards are bound by the root. */
@Module({
  imports: [
    ConfigModule.forFeature(authConfig),
    ConfigModule.forFeature(credentialsConfig),
    ConfigModule.forFeature(emailConfig),
    ConfigModule.forFeature(passkeysConfig),
    ConfigModule.forFeature(secondFactorConfig),
    ConfigModule.forFeature(dpopConfig),
    ConfigModule.forFeature(persistenceConfig),
    MikroOrmModule.forFeature([
      Account,
      EmailToken,
      AuthChallenge,
      GuessCounter,
      KnownDevice,
      Passkey,
      RecoveryCode,
      RefreshToken,
      SecurityNotice,
      Session,
      TotpSecret,
    ]),
    JwtModule.register({}),
    MailModule,
    PassportModule,
    SecurityModule,
    SigningKeysModule,
  ],
  controllers: [
    AnonymousController,
    AuditController,
    AuthController,
    EmailController,
    NoticeController,
    PasskeyController,
    PasskeySignInController,
    PasswordController,
    RecoveryController,
    SecondFactorController,
    SecondFactorLoginController,
    SessionController,
    StepUpController,
    UserController,
  ],
  providers: [
    EmailData,
    FactorData,
    AccessTokenService,
    AccountData,
    AccountDeletion,
    Administration,
    AnonymousService,
    EmailService,
    EmailTokens,
    AuthChallenges,
    DpopNonces,
    DpopProofs,
    Eviction,
    ExpiredSessions,
    FactorChanges,
    FactorProofs,
    GuessCounters,
    GuessData,
    Guessing,
    JwtStrategy,
    KnownDevices,
    LockNotices,
    MailAllowance,
    NoticeMails,
    OwnSessions,
    PasskeyAssertions,
    PasskeyService,
    PasskeySignIn,
    PasswordHasher,
    PasswordPolicy,
    PasswordService,
    ProofReplay,
    RecoveryCodes,
    RecoveryService,
    RefreshTokenService,
    SecondFactorLogin,
    SecondFactorService,
    SecondFactors,
    SecretBox,
    SecurityNotices,
    SessionOpening,
    SessionReplacement,
    SessionService,
    SignInService,
    Spraying,
    StepUpService,
    StoredProofs,
    TotpService,
  ],
  exports: [
    AccountData,
    AccountDeletion,
    ConfigModule,
    DpopProofs,
    EmailData,
    FactorData,
    GuessData,
    KnownDevices,
    SessionService,
    SigningKeysModule,
    StepUpService,
  ],
})
export class AuthModule {}
