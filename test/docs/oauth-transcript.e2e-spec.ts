import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { aUser, call, say } from '../e2e/client.ts';
import { momentOf } from '../attack/auth/second-factor-user.ts';
import { query, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import {
  anOAuthProfile,
  authorizeUrl,
  confirm,
  connectionOf,
  returned,
} from '../oauth/connecting.ts';
import { anOAuthWorld, type OAuthWorld } from '../oauth/oauth-world.ts';

/** A life of a connection as it is on the wire, held against what docs/connections.md shows of it. */
describe('the transcript of a connection', () => {
  let world: OAuthWorld;
  const lines: string[] = [];

  beforeAll(async () => {
    world = await anOAuthWorld();
    world.interceptor = hears('authorization server');
    world.serverInterceptor = hears('MCP server');
  });
  afterAll(() => world.close());

  const note = (line: string) => {
    if (lines.at(-1) !== line) lines.push(line);
  };
  /** Its answers, by status. */
  const hears = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    // Neither is a request of the gateway: the forms, and the keys by which the MCP server checks tokens.
    if (/^\/(interaction\/|jwks$)/.test(pathname)) return false;
    const path = pathname.replace(/^\/auth\/.+/, '/auth/…');
    const names = [...new Set(searchParams.keys())].toSorted().join(' ');
    const asked = `${request.method} ${path}${names && ` ? ${names}`}`;
    response.on('finish', () => {
      const grant = path === '/token' ? ` (${world.tokenRequests.at(-1)!.grantType})` : '';
      note(`  ${name}: ${asked}${grant} → ${response.statusCode}`);
    });
    return false;
  };

  it('is what the document shows', async () => {
    const gateway = await startGateway({
      environment: {
        PROFILES_DIR: aProfilesDir({ 'box.json': anOAuthProfile('box', world) }),
        CONNECTIONS_RETURN_URL: 'org.example.app:/connected',
      },
    });
    const user = await aUser(gateway);
    const { connectionId } = await connectionOf(gateway, user, 'box');
    note('app: POST /api/connections/:server/authorize');
    const address = await authorizeUrl(gateway, user, connectionId);
    note('browser: opens the address, signs in and allows');
    const back = await world.allow(address, 'eve');
    note(`browser: GET ${back.pathname} ? ${[...back.searchParams.keys()].toSorted().join(' ')}`);
    const app = await returned(back);
    note(
      `browser: opens ${app.protocol}${app.pathname} ? ${[...app.searchParams.keys()].join(' ')}`,
    );
    note('app: POST /api/connections/:server/confirm {code}');
    await confirm(gateway, user, connectionId, app.searchParams.get('code')!);
    note('app: POST /api/chat "/whoami"');
    expect((await say(gateway, user, 'box', '/whoami')).data.response).toBe('You are eve.');
    note('the token is about to end; app: POST /api/chat "/whoami"');
    const past = momentOf(gateway, Date.now() - 60_000);
    await query(gateway, `update server_connections set renew_at = ${past}, expires_at = ${past}`);
    expect((await say(gateway, user, 'box', '/whoami')).data.response).toBe('You are eve.');
    note('app: DELETE /api/connections/:server');
    await call(gateway, `/api/connections/${connectionId}`, {
      method: 'DELETE',
      token: user.token,
    });
    await vi.waitUntil(() => lines.some((line) => line.includes('revocation')));

    const document = readFileSync('docs/connections.md', 'utf8');
    const [, shown = ''] = /```text transcript\n(.*?)```/s.exec(document) ?? [];
    expect(lines.join('\n')).toBe(shown.trimEnd());
  });
});
