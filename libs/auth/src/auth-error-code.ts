import type { AccountErrorCode } from './accounts/account.error.js';
import type { AdministrationErrorCode } from './administration/administration.error.js';
import type { ConfirmationErrorCode } from './administration/four-eyes/confirmation.error.js';
import type { FactorErrorCode } from './factors/factor.error.js';
import type { DpopErrorCode } from './sessions/dpop/dpop.error.js';
import type { SessionErrorCode } from './sessions/session.error.js';
import type { SignInErrorCode } from './sign-in/sign-in.error.js';

/** The error codes of all wings. */
export type AuthErrorCode =
  | AccountErrorCode
  | AdministrationErrorCode
  | ConfirmationErrorCode
  | DpopErrorCode
  | FactorErrorCode
  | SessionErrorCode
  | SignInErrorCode;
