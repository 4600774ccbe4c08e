import { defineEntity, p } from '@mikro-orm/core';
import { Session } from './session.entity.js';

const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_tokens',
  properties: {
    /** SHA-256: the token has 256 bits of entropy, so a slow or salted hash is not needed (ASVS 5.0, 6.5.2). */
    tokenHash: p.text().primary(),
    session: () => p.manyToOne(Session),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    usedAt: p.datetime(3).nullable(),
  },
});

export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);
