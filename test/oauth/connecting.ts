import { call, type User } from '../e2e/client.ts';
import type { Gateway } from '../e2e/gateway.ts';
import { aProfile } from '../e2e/profiles.ts';
import type { OAuthWorld } from './oauth-world.ts';

export interface Connection {
  readonly connectionId: string;
  readonly title: string;
  readonly host: string;
  readonly profileId: string;
  readonly state: string;
  readonly since: string | null;
  readonly scopes: readonly string[];
}

/** An assistant whose only server has to be connected. */
export function anOAuthProfile(
  id: string,
  { url }: Pick<OAuthWorld, 'url'>,
  authorization: object = {},
): object {
  return aProfile(id, {
    servers: [
      {
        name: 'notes',
        transport: 'http',
        url,
        authorization: { type: 'oauth', title: 'Note box', ...authorization },
      },
    ],
    allowedTools: { notes: ['whoami'] },
    limits: { seconds: 30, resultBytes: 65_536 },
  });
}

export async function connectionOf(
  gateway: Gateway,
  user: Pick<User, 'token'>,
  profileId: string,
): Promise<Connection> {
  const { data } = await call<Connection[]>(gateway, '/api/connections', { token: user.token });
  return data.find((one) => one.profileId === profileId)!;
}

/** Where the person is asked. */
export async function authorizeUrl(
  gateway: Gateway,
  user: Pick<User, 'token'>,
  connectionId: string,
): Promise<string> {
  const path = `/api/connections/${connectionId}/authorize`;
  const { data } = await call<{ url: string }>(gateway, path, {
    method: 'POST',
    token: user.token,
  });
  return data.url;
}

/** Follows a browser to the gateway. Resolves to the address of the app that it is sent to. */
export async function returned(address: URL): Promise<URL> {
  const response = await fetch(address, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? `missing:${response.status}`);
}

export function confirm(
  gateway: Gateway,
  user: Pick<User, 'token'>,
  connectionId: string,
  code: string,
) {
  const path = `/api/connections/${connectionId}/confirm`;
  return call<Connection>(gateway, path, { token: user.token, body: { code } });
}

/** All of it, as a person and their app would. */
export async function connect(
  gateway: Gateway,
  user: Pick<User, 'token'>,
  world: OAuthWorld,
  profileId: string,
  login: string,
): Promise<Connection> {
  const { connectionId } = await connectionOf(gateway, user, profileId);
  const back = await world.allow(await authorizeUrl(gateway, user, connectionId), login);
  const app = await returned(back);
  const { data } = await confirm(gateway, user, connectionId, app.searchParams.get('code')!);
  return data;
}
