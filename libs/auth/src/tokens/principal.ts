import type { Role } from '../accounts/account.entity.js';

/** Who makes the request, from a live session. Guards put it on the request as `user`. */
export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
}
