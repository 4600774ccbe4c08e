import { defineEntity, p } from '@mikro-orm/core';

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_codes',
  properties: {
    /** Keyed: see `RecoveryCodes`. */
    codeHash: p.text().primary(),
    accountId: p.uuid(),
    createdAt: p.datetime(3),
  },
});

/** A code on paper for the day on which the phone is lost. A used one is deleted. */
export class RecoveryCode extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCode);
