import { defineEntity, p } from '@mikro-orm/core';

export type Role = 'user' | 'admin';

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  properties: {
    id: p.uuid().primary(),
    /** As the person wrote it. */
    username: p.text(),
    /** What makes it unique: see `usernameKey`. */
    usernameKey: p.text(),
    passwordHash: p.text(),
    role: p.text().$type<Role>(),
    createdAt: p.datetime(3),
  },
});

export class Account extends AccountSchema.class {}
AccountSchema.setClass(Account);

/**
 * One spelling for what differs only by case, width or composition: `Ada`, `ada` and a full-width `ａｄａ` are one
 * account. Letters of different scripts that look alike stay different.
 */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');
}
