import { GRANTED_ROLES, RoleReviewService } from '@app/auth';
import type { INestApplicationContext } from '@nestjs/common';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { required } from './program/input.js';
import { table } from './program/table.js';
import { oneOf } from './program/value-readers.js';
import { findUser, USER } from './users.commands.js';

/** The most that are shown: of more holders of roles a review is needed all the same. */
const SHOWN_HOLDERS = 1_000;

const list = command({
  name: 'roles list',
  summary:
    'show role holders, when they were last seen and confirmed; exit code 1 if a review is due',
  async run(app) {
    const { holders } = await app.get(RoleReviewService).list(SHOWN_HOLDERS);
    const rows = holders.map((one) => [
      one.username,
      one.role,
      one.since.slice(0, 10),
      one.lastSeenAt ?? 'never',
      one.reviewedAt?.slice(0, 10) ?? 'never',
      one.isReviewDue ? 'due' : one.reviewDueAt.slice(0, 10),
    ]);
    const text = table(['NAME', 'ROLE', 'SINCE', 'LAST SEEN', 'CONFIRMED', 'NEXT'], rows);
    return { data: { holders }, text, isWell: holders.every(({ isReviewDue }) => !isReviewDue) };
  },
});

const INPUT = { ...USER, role: required('<role>', 'the reviewed role', oneOf(GRANTED_ROLES)) };
type Input = { readonly user: string; readonly role: (typeof GRANTED_ROLES)[number] };

const confirm = command({
  name: 'roles confirm',
  summary: 'confirm that an account needs its role',
  args: INPUT,
  run: (app, { args }) => review(app, args, 'confirm'),
});

const withdraw = command({
  name: 'roles withdraw',
  summary: 'withdraw the role of an account',
  args: INPUT,
  run: (app, { args }) => review(app, args, 'withdraw'),
});

async function review(
  app: INestApplicationContext,
  { role, ...args }: Input,
  decision: 'confirm' | 'withdraw',
) {
  const action = decision === 'confirm' ? 'role.confirmed' : 'role.withdrawn';
  const { userId, username } = await findUser(app, args);
  await audited(app, action, 'account', (record) =>
    app.get(RoleReviewService).review(undefined, userId, { role, decision }, record),
  );
  const text =
    decision === 'confirm'
      ? `${username} keeps the role ${role}.`
      : `${username} has no role any more, within a second.`;
  return { data: { userId, role, decision }, text };
}

export const roleCommands: CommandGroup = {
  noun: 'roles',
  summary: 'Role holders, and the access review',
  commands: [list, confirm, withdraw],
};
