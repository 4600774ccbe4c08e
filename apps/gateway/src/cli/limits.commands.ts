import { LimitChangeService } from '@app/operations';
import { LIMIT_NAMES } from '@app/security';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, required } from './program/input.js';
import { table } from './program/table.js';
import { duration, oneOf, plainText, wholeNumber } from './program/value-readers.js';

const LIMIT = { limit: required('<limit>', 'the name of the limit', oneOf(LIMIT_NAMES)) };

const list = command({
  name: 'limits list',
  summary: 'show the rate limits in force',
  async run(app) {
    const limits = await app.get(LimitChangeService).list();
    const rows = limits.map((limit) => [
      limit.name,
      String(limit.hits),
      `${limit.windowSeconds}s`,
      limit.changedAt ? `${limit.configuredHits} is configured` : '',
      limit.changedAt ? (limit.expiresAt ?? 'until it is reset') : '',
      limit.reason ?? '',
    ]);
    const text = table(['LIMIT', 'CALLS', 'WINDOW', 'CHANGED', 'UNTIL', 'REASON'], rows);
    return { data: { limits }, text };
  },
});

const set = command({
  name: 'limits set',
  summary: 'change a rate limit, on all instances within a second',
  args: {
    ...LIMIT,
    calls: required(
      '<calls>',
      'calls per window, from a tenth to ten times the configured value',
      wholeNumber(1, 1_000_000_000),
    ),
  },
  options: {
    reason: required('<text>', 'the reason, for the record', plainText),
    for: optional('<duration>', 'the duration, such as 2h; default: until it is reset', duration),
  },
  async run(app, { args: { limit: name, calls: hits }, options: { reason, for: durationMs } }) {
    const limit = await audited(app, 'limit.changed', 'limit', (record) =>
      app.get(LimitChangeService).change(undefined, name, { hits, reason, durationMs }, record),
    );
    return { data: limit, text: `${name} lets ${hits} calls through within a second.` };
  },
});

const reset = command({
  name: 'limits reset',
  summary: 'reset a rate limit to its configured value',
  args: LIMIT,
  async run(app, { args: { limit: name } }) {
    const limit = await audited(app, 'limit.reset', 'limit', (record) =>
      app.get(LimitChangeService).reset(name, record),
    );
    return { data: limit, text: `${name} lets ${limit.hits} calls through within a second.` };
  },
});

export const limitCommands: CommandGroup = {
  noun: 'limits',
  summary: 'Rate limits of the running service',
  commands: [list, set, reset],
};
