import { defineEntity, p } from '@mikro-orm/core';

const ErasedAccountSchema = defineEntity({
  name: 'ErasedAccount',
  tableName: 'erased_accounts',
  properties: {
    /** Of the id of the account, which nothing has any more but backups. */
    digest: p.text().primary(),
    /** From when on the account could not be restored. */
    erasedAt: p.datetime(3),
  },
});

/** That an account was erased, without saying which. It outlives the account. */
export class ErasedAccount extends ErasedAccountSchema.class {}
ErasedAccountSchema.setClass(ErasedAccount);
