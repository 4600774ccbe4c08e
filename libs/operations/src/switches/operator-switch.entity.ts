import type { SwitchScope } from '@app/switches';
import { defineEntity, p } from '@mikro-orm/core';

const OperatorSwitchSchema = defineEntity({
  name: 'OperatorSwitch',
  tableName: 'operator_switches',
  properties: {
    id: p.uuid().primary(),
    scope: p.text().$type<SwitchScope>(),
    /** Empty for a scope of which there is one. */
    target: p.text(),
    /** Whose account or device it is: the row goes with the account. */
    accountId: p.uuid().nullable(),
    reason: p.text(),
    /** Null: by a command, or by an account that is gone. */
    operatorId: p.uuid().nullable(),
    createdAt: p.datetime(3),
    /** Null: until it is switched on again. */
    expiresAt: p.datetime(3).nullable(),
    removedAt: p.datetime(3).nullable(),
    /** Of the last change: instances look for what is newer than what they know. */
    changedAt: p.datetime(3),
  },
});

/** A part of the service, a person or a phone that an operator has switched off. */
export class OperatorSwitch extends OperatorSwitchSchema.class {}
OperatorSwitchSchema.setClass(OperatorSwitch);
