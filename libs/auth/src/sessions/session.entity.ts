import { defineEntity, p } from '@mikro-orm/core';
import { Account } from '../accounts/account.entity.js';

export type RevocationReason = 'logout' | 'refresh_token_reused';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    createdAt: p.datetime(3),
    /** When it ends however much it is used (ASVS 5.0, 7.3.2). */
    expiresAt: p.datetime(3),
    revokedAt: p.datetime(3).nullable(),
    revokedBecause: p.text().$type<RevocationReason>().nullable(),
  },
});

/** One sign-in of one device: the family of all refresh tokens that descend from it. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
