import type { LogModule, ModuleLevel } from '@app/logging';
import { defineEntity, p } from '@mikro-orm/core';

const LogLevelChangeSchema = defineEntity({
  name: 'LogLevelChange',
  tableName: 'log_level_changes',
  properties: {
    module: p.text().$type<LogModule>().primary(),
    level: p.text().$type<ModuleLevel>(),
    reason: p.text(),
    changedAt: p.datetime(3),
    expiresAt: p.datetime(3),
  },
});

/** What an operator has set the level of a module of the log to. */
export class LogLevelChange extends LogLevelChangeSchema.class {}
LogLevelChangeSchema.setClass(LogLevelChange);
