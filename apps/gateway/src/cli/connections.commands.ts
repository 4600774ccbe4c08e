import {
  AccountConnectionService,
  CONNECTION_SORTS,
  PART_NAME,
  STORED_STATES,
} from '@app/connections';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, required } from './program/input.js';
import { lineLimit } from './program/line-limit.js';
import { tableOfPage } from './program/table.js';
import { formOf, idOf, oneOf, plainText, username } from './program/value-readers.js';
import { findUser } from './users.commands.js';

const CONNECTION = idOf('the id of a connection, as connections list shows it');

const list = command({
  name: 'connections list',
  summary: 'show the connections of users to MCP servers, the latest first',
  options: {
    user: optional('<user>', 'only connections of this account, by its name or id', username),
    profile: optional(
      '<id>',
      'only connections of this assistant',
      formOf(PART_NAME, 'the id of an assistant'),
    ),
    server: optional(
      '<name>',
      'only connections to servers of this name',
      formOf(PART_NAME, 'the name of a server'),
    ),
    state: optional('<state>', 'only connections in this state', oneOf(STORED_STATES)),
    sort: optional('<order>', 'default: newest', oneOf(CONNECTION_SORTS)),
    limit: lineLimit(),
    cursor: optional('<id>', 'continue after it: the nextCursor of the previous page', CONNECTION),
  },
  async run(app, { options: { user, profile: profileId, limit, ...filter } }) {
    const accountId = user === undefined ? undefined : (await findUser(app, { user })).userId;
    const page = await app
      .get(AccountConnectionService)
      .list({ ...filter, accountId, profileId, limit });
    const rows = page.connections.map((one) => [
      one.id,
      one.username ?? one.accountId,
      one.profileId,
      one.server,
      one.state,
      one.since,
      one.lastUsedAt ?? 'never',
    ]);
    const titles = ['ID', 'USER', 'PROFILE', 'SERVER', 'STATE', 'SINCE', 'LAST USED'];
    return { data: page, text: tableOfPage(titles, rows, page.nextCursor) };
  },
});

const revoke = command({
  name: 'connections revoke',
  summary: 'end a connection of a user, on all instances at once and at its service within minutes',
  args: { id: required('<id>', 'the id of the connection', CONNECTION) },
  options: { reason: required('<text>', 'the reason, for the log', plainText) },
  async run(app, { args: { id }, options: { reason } }) {
    const connections = app.get(AccountConnectionService);
    const removed = await audited(app, 'connection.revoked', 'account', (record) =>
      connections.remove(id, reason, record),
    );
    const text =
      'Its tokens are deleted. A running gateway revokes them at the service within minutes.';
    return { data: await connections.describe(removed), text };
  },
});

export const connectionCommands: CommandGroup = {
  noun: 'connections',
  summary: 'The connections of users to MCP servers',
  commands: [list, revoke],
};
