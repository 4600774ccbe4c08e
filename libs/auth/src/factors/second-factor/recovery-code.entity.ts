import { defineEntity, p } from '@mikro-orm/core';

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_codes',
  properties: {
    /** Keyed: see `RecoveryCodeService`. */
    codeHash: p.text().primary(),
    accountId: p.uuid(),
    createdAt: p.datetime(3),
  },
});

/** A recovery code of an account. A used one is deleted. */
export class RecoveryCode extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCode);
