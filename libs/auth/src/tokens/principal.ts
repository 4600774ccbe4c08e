import type { Role } from '../accounts/account.entity.js';

/** Who makes the request, from a live session. Guards put it on the request as `user`. */
export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  /** Which of the account's known devices the session is on. */
  readonly deviceId?: string;
  readonly role: Role;
  /** A device without an account. */
  readonly isAnonymous: boolean;
  /** Whether a second factor was proved in this session, however long ago. */
  readonly hasSecondFactor: boolean;
  /** As the database had it up to a second ago. */
  readonly hasVerifiedEmail: boolean;
  /** Thumbprint of the key that its tokens are bound to (RFC 9449 §6.1). */
  readonly dpopKey?: string;
}
