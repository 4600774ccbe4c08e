import { defineEntity, p } from '@mikro-orm/core';

export type Role = 'user' | 'admin';

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  properties: {
    id: p.uuid().primary(),
    /** As the person wrote it. */
    username: p.text(),
    /** What makes it unique: its `foldedName`. */
    usernameKey: p.text(),
    passwordHash: p.text(),
    role: p.text().$type<Role>(),
    createdAt: p.datetime(3),
  },
});

export class Account extends AccountSchema.class {}
AccountSchema.setClass(Account);
