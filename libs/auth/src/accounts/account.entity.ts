import type { Role } from '@app/access';
import { defineEntity, p } from '@mikro-orm/core';

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  properties: {
    id: p.uuid().primary(),
    /** As the user wrote it; `~` and the id for an anonymous account. */
    username: p.text(),
    /** The `caseFold` of the username, which is unique. */
    usernameKey: p.text(),
    /** Null for an anonymous account. */
    passwordHash: p.text().nullable(),
    passwordChangedAt: p.datetime(3).nullable(),
    role: p.text().$type<Role>(),
    /** Since when it has the role, if that is not `user`. */
    roleSince: p.datetime(3).nullable(),
    /** The administrator; null for a command, or if erased since. */
    roleGivenBy: p.uuid().nullable(),
    /** When it was last confirmed that the account needs the role. */
    roleReviewedAt: p.datetime(3).nullable(),
    roleReviewedBy: p.uuid().nullable(),
    email: p.text().nullable(),
    /** The `caseFold` of the email address, which is unique; set once the address is verified. */
    emailKey: p.text().nullable(),
    emailVerifiedAt: p.datetime(3).nullable(),
    /** Whether the account belongs to a device that has not registered. */
    isAnonymous: p.boolean(),
    /** Incremented when all sessions are ended: a sign-in that began before cannot complete afterwards. */
    epoch: p.integer().default(0),
    /** When an administrator disabled the account: it has no live session and cannot open one. */
    disabledAt: p.datetime(3).nullable(),
    /** When all personal data of the account is due for erasure. */
    deletionDueAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});

export class Account extends AccountSchema.class {}
AccountSchema.setClass(Account);
