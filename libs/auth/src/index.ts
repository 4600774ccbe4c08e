export { AuthModule } from './auth.module.js';
export { AccountDataSource } from './personal-data/account-data.source.js';
export { AccountDeletionService } from './personal-data/account-deletion.service.js';
export { NOT_PAST_DELETION_SQL } from './accounts/account-state.js';
export { USERNAME, USERNAME_LENGTH } from './accounts/username.js';
export { passkeysConfig } from './factors/passkeys/passkeys.config.js';
export { secondFactorConfig } from './factors/second-factor/second-factor.config.js';
export { factorConfig } from './factors/factor.config.js';
export { sessionConfig } from './sessions/session.config.js';
export { SessionActivityService, type SignInPlace } from './sessions/session-activity.service.js';
export { signingConfig } from './sessions/tokens/signing.config.js';
export { SecretBoxService } from './accounts/credentials/secret-box.service.js';
export { credentialsConfig } from './accounts/credentials/credentials.config.js';
export { emailConfig } from './accounts/email/email.config.js';
export { dpopConfig } from './sessions/dpop/dpop.config.js';
export { DpopGuard } from './sessions/dpop/dpop.guard.js';
export { type KeySummary, KeyRotationService } from './sessions/tokens/key-rotation.service.js';
export { SigningKeysModule } from './sessions/tokens/signing-keys.module.js';
export { type AuthErrorCode } from './auth-error-code.js';
export { authChallenges } from './sessions/guards/auth-challenges.js';
export { JwtAuthGuard } from './sessions/guards/jwt-auth.guard.js';
export { VerifiedEmailGuard } from './accounts/email/verified-email.guard.js';
export { RolesGuard } from './sessions/guards/roles.guard.js';
export { SecondFactorGuard } from './factors/second-factor/second-factor.guard.js';
export { StepUpGuard } from './factors/step-up/step-up.guard.js';
export { EmailDataSource } from './personal-data/email-data.source.js';
export { FactorDataSource } from './personal-data/factor-data.source.js';
export { KnownDeviceGuard } from './sessions/devices/known-device.guard.js';
export { GuessDataSource } from './personal-data/guess-data.source.js';
export { AdministrationServicesModule } from './administration/administration-services.module.js';
export { administrationConfig } from './administration/settings/administration.config.js';
export { AdministrationService } from './administration/administration.service.js';
export {
  AUDIT_FORMS,
  AUDIT_SORTS,
  USER_SORTS,
  USER_STATES,
} from './administration/administration.dto.js';
export {
  FourEyesService,
  type GuardedAct,
  type UseConfirmation,
} from './administration/four-eyes/four-eyes.service.js';
export { GRANTED_ROLES } from './administration/role-review.dto.js';
export { RoleReviewService, type RoleReviewStatus } from './administration/role-review.service.js';
export { UserListService } from './administration/user-list.service.js';
export { UserSessionService } from './administration/user-session.service.js';
export { AdminCreationService } from './administration/admin-creation.service.js';
export { AccountDirectoryService } from './administration/account-directory.service.js';
export { OperatorAccessModule } from './administration/operator-access.module.js';
export { SignOutService } from './administration/sign-out.service.js';
export { type Kept } from './sessions/access-revocation.service.js';
export { FactorRemovalService } from './administration/factor-removal.service.js';
