import { AdminCreationService } from '@app/auth';
import { DomainError, type ErrorDetail } from '@app/security';
import type { INestApplicationContext } from '@nestjs/common';
import { type Command, type CommandInput, UsageError, usernameOf } from './command.js';
import { audited } from './local-call.js';
import { readPassword } from './read-password.js';

/** Makes an administrator: the first one cannot come from anywhere else. */
export const createAdmin: Command = {
  name: 'admin create',
  usage: '--username <name>',
  summary:
    'make an account with the role admin; the password is asked for, or read from standard input',
  options: { username: { type: 'string' } },
  run: create,
};

async function create(app: INestApplicationContext, input: CommandInput): Promise<string> {
  const username = usernameOf(input);
  try {
    await audited(app, 'admin.created', 'account', async (record) =>
      app.get(AdminCreationService).create(username, await readPassword(), record),
    );
    return `${username} is an administrator. Before the first call of one: sign in, and set up a second factor.`;
  } catch (error) {
    throw withReason(error);
  }
}

/** The command has no fields to mark: what is wrong with the password belongs into its one line. */
function withReason(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const [detail] = (error.extra.details ?? []) as readonly ErrorDetail[];
  return detail ? new UsageError(`The password ${detail.message}.`) : error;
}
