import { ApiProperty } from '@nestjs/swagger';
import type { OAuthServer } from '../oauth-servers.js';
import type { ServerConnection } from '../store/server-connection.entity.js';
import { scopesIn } from '../oauth/scope-text.js';

export const CONNECTION_STATES = ['connected', 'not_connected', 'expired', 'needs_more'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

export class ConnectionView {
  @ApiProperty({ example: 'pBOQ8vFQ0Ic3QGdGJkHpJQ' })
  connectionId!: string;

  @ApiProperty({ example: 'Library', description: 'The name of the service, for users.' })
  title!: string;

  @ApiProperty({ example: 'mcp.library.example', description: 'The host of the service.' })
  host!: string;

  @ApiProperty({ example: 'library', description: 'The assistant that uses it.' })
  profileId!: string;

  @ApiProperty({
    enum: CONNECTION_STATES,
    description:
      'expired: the user must connect it again. needs_more: it works, but the service requires more permissions.',
  })
  state!: ConnectionState;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  since!: string | null;

  @ApiProperty({
    type: [String],
    description: 'The permissions of the assistant there, as text for the user.',
  })
  scopes!: readonly string[];
}

export class AuthorizationView {
  @ApiProperty({
    example: 'https://auth.library.example/authorize?client_id=…',
    description: 'Open it in the browser of the phone, never in a web view of the app.',
  })
  url!: string;

  @ApiProperty({ format: 'date-time', description: 'The user must return before this time.' })
  expiresAt!: string;
}

export function toConnectionView(
  connectionId: string,
  { title, url, profileId, authorization }: OAuthServer,
  connection?: ServerConnection,
): ConnectionView {
  const scopeWords = new Map(Object.entries(authorization.scopeWords ?? {}));
  return {
    connectionId,
    title,
    host: new URL(url).host,
    profileId,
    state: connection?.state ?? 'not_connected',
    since: connection?.connectedAt.toISOString() ?? null,
    scopes: scopesIn(connection?.scope).map((scope) => scopeWords.get(scope) ?? scope),
  };
}
