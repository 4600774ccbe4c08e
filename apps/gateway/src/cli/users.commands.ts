import { ROLES } from '@app/access';
import {
  AdministrationService,
  FactorRemovalService,
  USER_SORTS,
  USER_STATES,
  UserListService,
} from '@app/auth';
import type { INestApplicationContext } from '@nestjs/common';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, required } from './program/input.js';
import { lineLimit } from './program/line-limit.js';
import { tableOfPage } from './program/table.js';
import { oneOf, plainText, username } from './program/value-readers.js';

/** An account, by what an operator has at hand. */
export const USER = { user: required('<user>', 'the name or the id of an account', username) };

/** @throws AdministrationError `user_not_found` */
export function findUser(app: INestApplicationContext, { user }: { readonly user: string }) {
  return app.get(UserListService).find(user);
}

const list = command({
  name: 'users list',
  summary: 'show accounts, with their role, state and when they were last seen',
  options: {
    search: optional('<text>', 'only names that contain this text', plainText),
    role: optional('<role>', 'only accounts with this role', oneOf(ROLES)),
    state: optional('<state>', 'only accounts in this state', oneOf(USER_STATES)),
    sort: optional('<order>', 'default: newest', oneOf(USER_SORTS)),
    limit: lineLimit(100),
    cursor: optional('<user>', 'continue after it: the nextCursor of the previous page', username),
  },
  async run(app, { options: { limit, ...filter } }) {
    const page = await app.get(UserListService).list({ limit, ...filter });
    const rows = page.users.map((user) => [
      user.userId,
      user.username ?? '(device)',
      user.role,
      stateOf(user),
      user.createdAt.slice(0, 10),
      user.lastSeenAt ?? '',
    ]);
    const titles = ['ID', 'NAME', 'ROLE', 'STATE', 'CREATED', 'LAST SEEN'];
    return { data: page, text: tableOfPage(titles, rows, page.nextCursor) };
  },
});

const show = command({
  name: 'users show',
  summary: 'show one account',
  args: USER,
  async run(app, { args }) {
    const user = await findUser(app, args);
    const lines = [...Object.entries(user), ['state', stateOf(user)] as const];
    return {
      data: user,
      text: lines.map(([name, value]) => `${name.padEnd(14)} ${value ?? ''}`).join('\n'),
    };
  },
});

const setRole = command({
  name: 'users set-role',
  summary: 'change the role of an account; user takes a role away',
  args: { ...USER, role: required('<role>', 'the new role', oneOf(ROLES)) },
  async run(app, { args: { role, ...args } }) {
    const user = await audited(app, `user.role_set.${role}`, 'account', async (record) => {
      const { userId } = await findUser(app, args);
      return app.get(AdministrationService).changeRole(undefined, userId, role, record);
    });
    return { data: user, text: `${user.username} has the role ${role} within a second.` };
  },
});

const disable = command({
  name: 'users disable',
  summary: 'disable an account and end its sessions',
  args: USER,
  run: (app, { args }) => setDisabled(app, args, true),
});

const enable = command({
  name: 'users enable',
  summary: 'enable an account',
  args: USER,
  run: (app, { args }) => setDisabled(app, args, false),
});

async function setDisabled(
  app: INestApplicationContext,
  args: { readonly user: string },
  isDisabled: boolean,
) {
  const action = isDisabled ? 'user.switched_off' : 'user.switched_on';
  const user = await audited(app, action, 'account', async (record) => {
    const { userId } = await findUser(app, args);
    return app.get(AdministrationService).setDisabled(undefined, userId, isDisabled, record);
  });
  const text = isDisabled
    ? `${user.username ?? user.userId} is switched off, and signed out everywhere within a second.`
    : `${user.username ?? user.userId} can sign in again.`;
  return { data: user, text };
}

/** For a user who has lost the phone and the recovery codes. Identify the user first. */
const removeSecondFactor = command({
  name: 'users remove-second-factor',
  summary: 'remove all second factors of an account, sign out its devices and notify its owner',
  options: { username: required('<name>', 'the name of the account', username) },
  async run(app, { options: { username } }) {
    await audited(app, 'user.second_factor_removed', 'account', (record) =>
      app.get(FactorRemovalService).remove(username, record),
    );
    const text = `${username} has no second factor any more, and is signed out everywhere. The password remains.`;
    return { data: { username }, text };
  },
});

function stateOf({
  isDisabled,
  erasureDueAt,
}: {
  readonly isDisabled: boolean;
  readonly erasureDueAt: string | null;
}): string {
  if (isDisabled) return 'disabled';
  return erasureDueAt ? 'erasing' : 'active';
}

export const userCommands: CommandGroup = {
  noun: 'users',
  summary: 'Accounts',
  commands: [list, show, setRole, disable, enable, removeSecondFactor],
};
