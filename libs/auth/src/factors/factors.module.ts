import { SecurityModule } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AccountsModule } from '../accounts/accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AuthChallenge } from './challenges/auth-challenge.entity.js';
import { AuthChallengeService } from './challenges/auth-challenge.service.js';
import { factorConfig } from './factor.config.js';
import { GuessCounter } from './guessing/guess-counter.entity.js';
import { GuessCounterService } from './guessing/guess-counter.service.js';
import { LockNoticeService } from './guessing/lock-notice.service.js';
import { LockoutService } from './guessing/lockout.service.js';
import { SprayingLimiter } from './guessing/spraying-limiter.js';
import { PasskeyAssertionService } from './passkeys/passkey-assertion.service.js';
import { PasskeySignInController } from './passkeys/passkey-sign-in.controller.js';
import { PasskeySignInService } from './passkeys/passkey-sign-in.service.js';
import { PasskeyController } from './passkeys/passkey.controller.js';
import { Passkey } from './passkeys/passkey.entity.js';
import { PasskeyService } from './passkeys/passkey.service.js';
import { passkeysConfig } from './passkeys/passkeys.config.js';
import { FactorProofService } from './proofs/factor-proof.service.js';
import { SecondFactorLoginController } from './proofs/second-factor-login.controller.js';
import { SecondFactorLoginService } from './proofs/second-factor-login.service.js';
import { FactorChangeService } from './second-factor/factor-change.service.js';
import { FactorStatusService } from './second-factor/factor-status.service.js';
import { RecoveryCodeRenewalService } from './second-factor/recovery-code-renewal.service.js';
import { RecoveryCode } from './second-factor/recovery-code.entity.js';
import { RecoveryCodeService } from './second-factor/recovery-code.service.js';
import { secondFactorConfig } from './second-factor/second-factor.config.js';
import { SecondFactorController } from './second-factor/second-factor.controller.js';
import { TotpSecret } from './second-factor/totp-secret.entity.js';
import { TotpService } from './second-factor/totp.service.js';
import { StepUpController } from './step-up/step-up.controller.js';
import { StepUpService } from './step-up/step-up.service.js';

/** Second factors, step-up, and the limits on guessing. */
@Module({
  imports: [
    AccountsModule,
    SessionsModule,
    ConfigModule.forFeature(factorConfig),
    ConfigModule.forFeature(passkeysConfig),
    ConfigModule.forFeature(secondFactorConfig),
    MikroOrmModule.forFeature([AuthChallenge, GuessCounter, Passkey, RecoveryCode, TotpSecret]),
    SecurityModule,
  ],
  controllers: [
    PasskeyController,
    PasskeySignInController,
    SecondFactorController,
    SecondFactorLoginController,
    StepUpController,
  ],
  providers: [
    AuthChallengeService,
    FactorChangeService,
    FactorProofService,
    GuessCounterService,
    LockoutService,
    LockNoticeService,
    PasskeyAssertionService,
    PasskeyService,
    PasskeySignInService,
    RecoveryCodeService,
    SecondFactorLoginService,
    RecoveryCodeRenewalService,
    FactorStatusService,
    SprayingLimiter,
    StepUpService,
    TotpService,
  ],
  exports: [
    ConfigModule,
    AuthChallengeService,
    GuessCounterService,
    LockoutService,
    SecondFactorLoginService,
    StepUpService,
  ],
})
export class FactorsModule {}
