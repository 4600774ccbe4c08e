import {
  type ContainmentRequest,
  ContainmentService,
  MAX_ACTIONS_PER_CALL,
  parsePart,
} from '@app/operations';
import { trimmed } from '@app/security';
import { type ServicePart, SWITCH_SCOPES } from '@app/switches';
import { command } from './program/command.js';
import { flag, optional, type Reader, repeated, type Values } from './program/input.js';
import { UsageError } from './program/usage.error.js';
import { duration, network } from './program/value-readers.js';
import { accountId, asCommand, theIncident } from './incident-inputs.js';
import { actionText } from './incident-text.js';
import { isNameChecked, uncheckedText } from './unchecked-names.js';

/** Such as `profile:notes`, and `chat` alone. */
const part: Reader<ServicePart> = (given) => {
  const [word, ...rest] = trimmed(given).split(':');
  const scope = SWITCH_SCOPES.find((known) => known === word);
  const found = scope && parsePart(scope, rest.join(':'));
  if (found) return found;
  throw new UsageError(`one of ${SWITCH_SCOPES.join(', ')}, with its target as in profile:notes`);
};

const OPTIONS = {
  signOut: repeated('<account>', 'end the sessions of an account; may be repeated', accountId),
  signOutAffected: flag('end the sessions of all affected accounts'),
  signOutEveryone: flag('end the sessions of all accounts'),
  withDevices: flag('include devices without an account; their users lose their data'),
  block: repeated('<CIDR>', 'block a network; may be repeated', network),
  switchOff: repeated(
    '<part>',
    'switch off a part, such as profile:notes or chat; may be repeated',
    part,
  ),
  for: optional(
    '<duration>',
    'the duration of blocks and switches; default: until they are removed',
    duration,
  ),
  rotateKeys: flag('sign access tokens with a new key, and refuse all others'),
  keepOld: flag('tokens signed with the old keys stay valid until they expire'),
  again: flag('repeat actions that were already done in this incident'),
};

/** Several actions in one call; the exit code is 1 unless all of them are in force. */
export const contain = command({
  name: 'incidents contain',
  summary: 'contain an incident with several actions, on all instances within a second',
  args: theIncident,
  options: OPTIONS,
  async run(app, { args: { id }, options }) {
    const actions = actionsOf(options);
    if (actions.length === 0 || actions.length > MAX_ACTIONS_PER_CALL) {
      throw new UsageError(
        `from 1 to ${MAX_ACTIONS_PER_CALL} actions, such as --block 203.0.113.0/24`,
      );
    }
    const contained = await asCommand(app, 'incident.contained', (operator) =>
      app.get(ContainmentService).contain(id, actions, operator),
    );
    const { switchOff } = options;
    return {
      data: Object.assign(contained, { isNameChecked: switchOff.every(isNameChecked) }),
      text: [actionText(contained), uncheckedText(switchOff)].filter(Boolean).join('\n\n'),
      isWell: contained.isContained,
    };
  },
});

function actionsOf(options: Values<typeof OPTIONS>): ContainmentRequest[] {
  const { again, withDevices, keepOld } = options;
  const seconds = options.for === undefined ? undefined : Math.ceil(options.for / 1_000);
  return [
    ...options.block.map((network) => ({ type: 'block' as const, network, seconds, again })),
    ...options.switchOff.map(({ scope, target }) => ({
      type: 'switch_off' as const,
      scope,
      target,
      seconds,
      again,
    })),
    ...options.signOut.map((account) => ({ type: 'sign_out' as const, accountId: account, again })),
    ...(options.signOutAffected ? [{ type: 'sign_out_affected' as const, again }] : []),
    ...(options.signOutEveryone
      ? [{ type: 'sign_out_everyone' as const, withDevices, again }]
      : []),
    ...(options.rotateKeys ? [{ type: 'rotate_keys' as const, keepOld, again }] : []),
  ];
}
