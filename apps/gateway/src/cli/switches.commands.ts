import { parsePart, SwitchService } from '@app/operations';
import { type ServicePart, SWITCH_SCOPES, type SwitchScope } from '@app/switches';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, required } from './program/input.js';
import { table } from './program/table.js';
import { UsageError } from './program/usage.error.js';
import { isNameChecked, uncheckedText } from './unchecked-names.js';
import { anyText, duration, lineCount, oneOf, plainText } from './program/value-readers.js';

/** How many switches are shown. */
const SHOWN_SWITCHES = 100;

const PART = {
  scope: required('<scope>', 'the kind of part', oneOf(SWITCH_SCOPES)),
  target: optional(
    '[target]',
    'the id or name of the part; server/tool for a tool; absent for chat and sign_in',
    anyText,
  ),
};

const off = command({
  name: 'switches off',
  summary: 'switch off a part of the service, on all instances within a second',
  args: PART,
  options: {
    reason: required('<text>', 'the reason, for the record', plainText),
    for: optional(
      '<duration>',
      'the duration, such as 2h; default: until it is switched on again',
      duration,
    ),
  },
  async run(app, { args, options: { reason, for: durationMs } }) {
    const part = partOf(args);
    const one = await audited(app, 'switch.off', part.scope, (record) =>
      app.get(SwitchService).off({ ...part, reason, durationMs }, undefined, record),
    );
    const done = `${nameOf(part)} is off within a second, ${untilOf(one)}.`;
    return {
      data: Object.assign(one, { isNameChecked: isNameChecked(part) }),
      text: [done, uncheckedText([part])].filter(Boolean).join('\n'),
    };
  },
});

const on = command({
  name: 'switches on',
  summary: 'switch on a part of the service again',
  args: PART,
  async run(app, { args }) {
    const part = partOf(args);
    await audited(app, 'switch.on', part.scope, (record) =>
      app.get(SwitchService).onAgain(part, record),
    );
    return { data: part, text: `${nameOf(part)} is on again within a second.` };
  },
});

const list = command({
  name: 'switches list',
  summary: 'show what is switched off, the latest first',
  options: { limit: optional('<number>', 'the number of lines; default: 100', lineCount) },
  async run(app, { options: { limit = SHOWN_SWITCHES } }) {
    const { switches } = await app.get(SwitchService).page({ limit });
    const rows = switches.map((one) => [
      one.scope,
      one.target ?? '',
      untilOf(one),
      one.createdAt,
      one.reason,
    ]);
    const text = table(['SCOPE', 'TARGET', 'UNTIL', 'SINCE', 'REASON'], rows);
    return { data: { switches }, text: rows.length === 0 ? 'Nothing is switched off.' : text };
  },
});

function partOf({
  scope,
  target,
}: {
  scope: SwitchScope;
  target: string | undefined;
}): ServicePart {
  const part = parsePart(scope, target);
  if (part) return part;
  throw new UsageError(
    'target: an id or a name; server/tool for a tool; none for chat and sign_in',
  );
}

function nameOf({ scope, target }: ServicePart): string {
  return target === undefined ? scope : `${scope} ${target}`;
}

function untilOf({ expiresAt }: { expiresAt: string | null }): string {
  return expiresAt ? `until ${expiresAt}` : 'until it is switched on';
}

export const switchCommands: CommandGroup = {
  noun: 'switches',
  summary: 'Parts of the service that are switched off',
  commands: [off, on, list],
};
