import { LOG_MODULES, MODULE_LEVELS } from '@app/logging';
import { LogLevelChangeService, LONGEST_LEVEL_DURATION_MS } from '@app/operations';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, required } from './program/input.js';
import { table } from './program/table.js';
import { durationUpTo, oneOf, plainText } from './program/value-readers.js';

const MODULE = {
  module: required('<module>', 'the module, as context in its log lines', oneOf(LOG_MODULES)),
};

const list = command({
  name: 'log-levels list',
  summary: 'show the log level of each module',
  async run(app) {
    const levels = await app.get(LogLevelChangeService).list();
    const rows = levels.map((one) => [
      one.module,
      one.level,
      one.changedAt ? `${one.configuredLevel} is configured` : '',
      one.expiresAt ?? '',
      one.reason ?? '',
    ]);
    const text = table(['MODULE', 'LEVEL', 'CHANGED', 'UNTIL', 'REASON'], rows);
    return { data: { levels }, text };
  },
});

const set = command({
  name: 'log-levels set',
  summary: 'change the log level of a module for a time, on all instances within a second',
  args: {
    ...MODULE,
    level: required('<level>', 'the lowest level that is logged', oneOf(MODULE_LEVELS)),
  },
  options: {
    reason: required('<text>', 'the reason, for the record', plainText),
    for: optional(
      '<duration>',
      'the duration, such as 2h, up to 7d; default: an hour',
      durationUpTo(LONGEST_LEVEL_DURATION_MS, '7d'),
    ),
  },
  async run(app, { args: { module, level }, options: { reason, for: durationMs } }) {
    const change = await audited(app, 'log_level.changed', 'log_module', (record) =>
      app.get(LogLevelChangeService).change(module, { level, reason, durationMs }, record),
    );
    const text = `${module} logs from ${level} on within a second, until ${change.expiresAt}.`;
    return { data: change, text };
  },
});

const reset = command({
  name: 'log-levels reset',
  summary: 'reset a module to the configured log level',
  args: MODULE,
  async run(app, { args: { module } }) {
    const level = await audited(app, 'log_level.reset', 'log_module', (record) =>
      app.get(LogLevelChangeService).reset(module, record),
    );
    return { data: level, text: `${module} logs from ${level.level} on within a second.` };
  },
});

export const logLevelCommands: CommandGroup = {
  noun: 'log-levels',
  summary: 'Log levels of modules of the running service',
  commands: [list, set, reset],
};
