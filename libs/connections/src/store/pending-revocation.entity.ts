import { defineEntity, p } from '@mikro-orm/core';

const PendingRevocationSchema = defineEntity({
  name: 'PendingRevocation',
  tableName: 'pending_revocations',
  properties: {
    /** Of the connection that was: its grant is sealed for it. */
    id: p.uuid().primary(),
    /** See `connectionIdOf`. */
    server: p.text(),
    sealedGrant: p.text(),
    attempts: p.integer(),
    createdAt: p.datetime(3),
    nextAt: p.datetime(3),
  },
});

/** What an authorization server is still to forget. It is of no account: the person may have been erased. */
export class PendingRevocation extends PendingRevocationSchema.class {}
PendingRevocationSchema.setClass(PendingRevocation);
