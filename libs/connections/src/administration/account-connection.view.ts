import { ApiProperty } from '@nestjs/swagger';
import { scopesIn } from '../oauth/scope-text.js';
import type { ServerConnection, StoredState } from '../store/server-connection.entity.js';

export const STORED_STATES = [
  'connected',
  'needs_more',
  'expired',
] as const satisfies readonly StoredState[];

const moment = { type: 'string', format: 'date-time', nullable: true } as const;

/** A connection of an account to a server, without what its tokens are. */
export class AccountConnectionView {
  @ApiProperty({
    format: 'uuid',
    description: 'A new one each time that the user connects the server.',
  })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  accountId!: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'Null if it was erased meanwhile.' })
  username!: string | null;

  @ApiProperty({
    example: 'pBOQ8vFQ0Ic3QGdGJkHpJQ',
    description: 'As the app of the user sees it.',
  })
  connectionId!: string;

  @ApiProperty({ example: 'library' })
  profileId!: string;

  @ApiProperty({ example: 'library', description: 'The name of the server in the profile.' })
  server!: string;

  @ApiProperty({
    example: 'https://auth.library.example',
    description: 'Its authorization server.',
  })
  issuer!: string;

  @ApiProperty({ type: [String], description: 'What the user has allowed.' })
  scopes!: readonly string[];

  @ApiProperty({
    enum: STORED_STATES,
    description:
      'expired: the user must connect it again. needs_more: it works, but the server requires more permissions.',
  })
  state!: StoredState;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({
    ...moment,
    description: 'When a call last asked for its token, accurate to an hour; null if none has.',
  })
  lastUsedAt!: string | null;

  @ApiProperty({ ...moment, description: 'Since when no assistant has the server.' })
  orphanedAt!: string | null;
}

export class AccountConnectionPageView {
  @ApiProperty({ type: [AccountConnectionView] })
  connections!: AccountConnectionView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

/** What the view is made of. The sealed tokens are not even read. */
export const SHOWN_COLUMNS = [
  'id',
  'accountId',
  'server',
  'profileId',
  'serverName',
  'issuer',
  'scope',
  'state',
  'connectedAt',
  'usedAt',
  'orphanedAt',
] as const satisfies readonly (keyof ServerConnection)[];

type ShownRow = Pick<ServerConnection, (typeof SHOWN_COLUMNS)[number]>;

export function toAccountConnectionView(
  row: ShownRow,
  usernames: ReadonlyMap<string, string>,
): AccountConnectionView {
  const { id, accountId, server, profileId, serverName, issuer, scope, state } = row;
  return {
    id,
    accountId,
    username: usernames.get(accountId) ?? null,
    connectionId: server,
    profileId,
    server: serverName,
    issuer,
    scopes: scopesIn(scope),
    state,
    since: row.connectedAt.toISOString(),
    lastUsedAt: row.usedAt?.toISOString() ?? null,
    orphanedAt: row.orphanedAt?.toISOString() ?? null,
  };
}
