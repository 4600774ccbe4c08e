import { defineEntity, p } from '@mikro-orm/core';

const NetworkBlockSchema = defineEntity({
  name: 'NetworkBlock',
  tableName: 'network_blocks',
  properties: {
    id: p.uuid().primary(),
    /** In CIDR notation, canonical: `203.0.113.7/32`. */
    network: p.text(),
    reason: p.text(),
    createdAt: p.datetime(3),
    /** Null: until it is removed. */
    expiresAt: p.datetime(3).nullable(),
    removedAt: p.datetime(3).nullable(),
    /** Of the last change: instances look for what is newer than what they know. */
    changedAt: p.datetime(3),
  },
});

/** A network whose calls are refused. */
export class NetworkBlock extends NetworkBlockSchema.class {}
NetworkBlockSchema.setClass(NetworkBlock);
