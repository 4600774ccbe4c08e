import { defineEntity, p } from '@mikro-orm/core';

const KnownDeviceSchema = defineEntity({
  name: 'KnownDevice',
  tableName: 'known_devices',
  properties: {
    id: p.uuid().primary(),
    accountId: p.uuid(),
    /** SHA-256 of 256 random bits. */
    tokenHash: p.text(),
    name: p.text().nullable(),
    createdAt: p.datetime(3),
    lastUsedAt: p.datetime(3),
  },
});

/**
 * A device on which the account has been signed in to. Its token grants no access; it only keeps the guesses of others
 * from locking the owner out.
 */
export class KnownDevice extends KnownDeviceSchema.class {}
KnownDeviceSchema.setClass(KnownDevice);
