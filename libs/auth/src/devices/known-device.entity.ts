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
 * A device on which somebody has signed in to the account before. Its token alone opens nothing; it only keeps
 * other people's guesses from locking its owner out.
 */
export class KnownDevice extends KnownDeviceSchema.class {}
KnownDeviceSchema.setClass(KnownDevice);
