import { AdminCreationService } from '@app/auth';
import { DomainError, type ErrorDetail } from '@app/security';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { required } from './program/input.js';
import { UsageError } from './program/usage.error.js';
import { username } from './program/value-readers.js';
import { readPassword } from './read-password.js';

/** Makes an administrator: the first one cannot come from anywhere else. */
const create = command({
  name: 'admin create',
  summary:
    'create an account with the role admin; prompts for the password, or reads it from standard input',
  options: { username: required('<name>', 'the name of the new account', username) },
  async run(app, { options: { username } }) {
    try {
      await audited(app, 'admin.created', 'account', async (record) =>
        app.get(AdminCreationService).create(username, await readPassword(), record),
      );
    } catch (error) {
      throw withReason(error);
    }
    const text = `${username} is an administrator. Before the first call of one: sign in, and set up a second factor.`;
    return { data: { username, role: 'admin' }, text };
  },
});

/** The command has no fields to mark: what is wrong with the password belongs into its one line. */
function withReason(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const [detail] = (error.extra.details ?? []) as readonly ErrorDetail[];
  return detail ? new UsageError(`The password ${detail.message}.`) : error;
}

export const adminCommands: CommandGroup = {
  noun: 'admin',
  summary: 'The first administrator',
  commands: [create],
};
