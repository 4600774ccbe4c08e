import { defineEntity, p } from '@mikro-orm/core';

const ErasureSchema = defineEntity({
  name: 'Erasure',
  tableName: 'erasures',
  properties: {
    accountId: p.uuid().primary(),
    /** What stands for the person in the audit trail from now on. Random: it can be traced back only by this row. */
    pseudonym: p.uuid(),
    begunAt: p.datetime(3),
  },
});

/** That a person is being erased. It goes with the account, as the last of it. */
export class Erasure extends ErasureSchema.class {}
ErasureSchema.setClass(Erasure);
