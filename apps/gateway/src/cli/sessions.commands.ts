import { SignOutService, UserSessionService } from '@app/auth';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { required } from './program/input.js';
import { table } from './program/table.js';
import { idOf } from './program/value-readers.js';
import { findUser, USER } from './users.commands.js';

const list = command({
  name: 'sessions list',
  summary: 'show the signed-in devices of an account, the last seen first',
  args: USER,
  async run(app, { args }) {
    const { userId } = await findUser(app, args);
    const sessions = await app.get(UserSessionService).list(userId);
    const rows = sessions.map((one) => [
      one.sessionId,
      one.deviceName ?? '',
      one.platform ?? '',
      one.ip,
      one.lastSeenAt,
      one.methods.join(' '),
    ]);
    const text = table(['ID', 'DEVICE', 'PLATFORM', 'ADDRESS', 'LAST SEEN', 'BY'], rows);
    return { data: { userId, sessions }, text };
  },
});

const revoke = command({
  name: 'sessions revoke',
  summary: 'sign out one device of an account',
  args: {
    ...USER,
    session: required(
      '<session>',
      'the id of the session',
      idOf('the id of a session, as sessions list shows it'),
    ),
  },
  async run(app, { args: { session, ...args } }) {
    await audited(app, 'user.session_ended', 'account', async (record) => {
      const { userId } = await findUser(app, args);
      await app.get(UserSessionService).end(userId, session, record);
    });
    return { data: { sessionId: session }, text: 'It is signed out within a second.' };
  },
});

const revokeAll = command({
  name: 'sessions revoke-all',
  summary: 'sign out all devices of an account',
  args: USER,
  async run(app, { args }) {
    const { userId } = await findUser(app, args);
    await audited(app, 'user.signed_out', 'account', (record) =>
      app.get(SignOutService).signOut(userId, {}, record),
    );
    return { data: { userId }, text: 'All its devices are signed out within a second.' };
  },
});

export const sessionCommands: CommandGroup = {
  noun: 'sessions',
  summary: 'The signed-in devices of an account',
  commands: [list, revoke, revokeAll],
};
