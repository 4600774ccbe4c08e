import { defineEntity, p } from '@mikro-orm/core';

/** `user` chats; `auditor` also reads the audit trail; `admin` also manages accounts. */
export const ROLES = ['user', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  properties: {
    id: p.uuid().primary(),
    /** As the person wrote it; `~` and the id for a device without an account. */
    username: p.text(),
    /** What makes it unique: its `foldedName`. */
    usernameKey: p.text(),
    /** None for a device without an account. */
    passwordHash: p.text().nullable(),
    passwordChangedAt: p.datetime(3).nullable(),
    role: p.text().$type<Role>(),
    email: p.text().nullable(),
    /** What makes it unique; only set once the address is verified. */
    emailKey: p.text().nullable(),
    emailVerifiedAt: p.datetime(3).nullable(),
    /** A device that began without an account. */
    isAnonymous: p.boolean(),
    /** Goes up when all sessions are ended: a sign-in that began before does not come to its end after. */
    epoch: p.integer().default(0),
    /** Switched off by an administrator: it has no live session and can open none. */
    disabledAt: p.datetime(3).nullable(),
    /** When everything about the person is to be erased. */
    deletionDueAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});

export class Account extends AccountSchema.class {}
AccountSchema.setClass(Account);
