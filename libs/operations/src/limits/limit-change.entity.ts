import type { LimitName } from '@app/security';
import { defineEntity, p } from '@mikro-orm/core';

const LimitChangeSchema = defineEntity({
  name: 'LimitChange',
  tableName: 'limit_changes',
  properties: {
    name: p.text().$type<LimitName>().primary(),
    /** How many calls a window lets through. */
    hits: p.integer(),
    reason: p.text(),
    changedAt: p.datetime(3),
    /** Null: until it is reset. */
    expiresAt: p.datetime(3).nullable(),
  },
});

/** What an operator has set a limit to. */
export class LimitChange extends LimitChangeSchema.class {}
LimitChangeSchema.setClass(LimitChange);
