import { FactorRemovalService } from '@app/auth';
import type { INestApplicationContext } from '@nestjs/common';
import { type Command, type CommandInput, usernameOf } from './command.js';
import { audited } from './local-call.js';

/** For a user who has lost the phone and the recovery codes. Identify the user first. */
export const removeSecondFactor: Command = {
  name: 'users remove-second-factor',
  usage: '--username <name>',
  summary: 'remove all second factors of an account, sign its devices out and tell its owner',
  options: { username: { type: 'string' } },
  run: remove,
};

async function remove(app: INestApplicationContext, input: CommandInput): Promise<string> {
  const username = usernameOf(input);
  await audited(app, 'user.second_factor_removed', 'account', (record) =>
    app.get(FactorRemovalService).remove(username, record),
  );
  return `${username} has no second factor any more, and is signed out everywhere. The password remains.`;
}
