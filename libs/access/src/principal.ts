import type { Role } from './role.js';

/** The authenticated caller of a request, from a live session. `JwtAuthGuard` sets it on the request as `user`. */
export interface Principal {
  readonly accountId: string;
  readonly sessionId: string;
  /** The known device of the account that the session belongs to. */
  readonly deviceId?: string;
  readonly role: Role;
  /** Whether the account belongs to a device that has not registered. */
  readonly isAnonymous: boolean;
  /** Whether a second factor was verified in this session, at any time. */
  readonly hasSecondFactor: boolean;
  /** At most a second out of date. */
  readonly hasVerifiedEmail: boolean;
  /** Thumbprint of the key that the tokens are bound to (RFC 9449 §6.1). */
  readonly dpopKey?: string;
}
