import { closeHttpServers, serveHttp } from '../../libs/mcp/src/testing/http-servers.ts';
import { anOddHttpServer } from '../../libs/mcp/src/testing/odd-http-server.ts';
import { aRoleHolder } from '../attack/auth/role-holder.ts';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { anOddProfile, aProfile, aProfilesDir } from './profiles.ts';

interface Server {
  readonly profileId: string;
  readonly server: string;
  readonly state: string;
  readonly isOff: boolean;
  readonly connections: number;
  readonly connectedAt: string | null;
  readonly retryAt: string | null;
  readonly lastFailure?: object;
  readonly faults: readonly object[];
}

describe('GET /api/admin/servers', () => {
  let gateway: Gateway;
  let admin: User;
  let user: User;
  let isDown = true;

  beforeAll(async () => {
    const url = await serveHttp(
      anOddHttpServer({
        any: ({ response, answer }) => (isDown ? void response.writeHead(503).end() : answer()),
      }),
    );
    const remote = {
      servers: [
        {
          name: 'remote',
          transport: 'http',
          url,
          headers: { authorization: 'Bearer {env:MCP_SECRET_REMOTE}' },
        },
      ],
      allowedTools: { remote: ['echo'] },
    };
    const odd = { tools: [{ name: 'bad', inputSchema: { anyOf: [{ type: 'object' }] } }] };
    gateway = await startGateway({
      environment: {
        MCP_SECRET_REMOTE: 'token-77aa',
        PROFILES_DIR: aProfilesDir({
          'odd.json': anOddProfile('odd', odd, ['echo', 'bad']),
          'remote.json': aProfile('remote', remote),
        }),
      },
    });
    admin = await aRoleHolder(gateway, 'admin');
    user = await aUser(gateway);
  });
  afterAll(closeHttpServers);

  const list = async () =>
    (await call<Server[]>(gateway, '/api/admin/servers', { token: admin.token })).data;
  const of = async (profileId: string) => (await list()).find((one) => one.profileId === profileId);

  it('names each server of each assistant, and none as failing before it is used', async () => {
    const all = await list();
    const ids = all.map(({ profileId }) => profileId);
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toEqual(expect.arrayContaining(['everything', 'memory', 'notes', 'odd', 'remote']));
    expect(await of('odd')).toEqual({
      profileId: 'odd',
      server: 'odd',
      state: 'unused',
      isOff: false,
      connections: 0,
      waiting: 0,
      connectedAt: null,
      retryAt: null,
      faults: [],
    });
  });

  it('shows which tools are left out, and why', async () => {
    expect((await say(gateway, user, 'odd', '/echo text=hi')).status).toBe(200);
    expect(await of('odd')).toMatchObject({
      state: 'ok',
      connections: 1,
      connectedAt: expect.stringMatching(/Z$/) as string,
      faults: [
        {
          list: 'tools',
          outcome: 'skipped',
          name: 'bad',
          field: 'inputSchema',
          reason: expect.stringContaining('type') as string,
        },
      ],
    });
  });

  it('shows a server that fails, why, and when it is tried again; and that it works again', async () => {
    const others = await Promise.all([aUser(gateway), aUser(gateway)]);
    for (const person of [user, ...others]) {
      expect((await say(gateway, person, 'remote', '/echo text=hi')).status).toBe(502);
    }
    const failed = await of('remote');
    expect(failed).toMatchObject({
      state: 'paused',
      retryAt: expect.stringMatching(/Z$/) as string,
      lastFailure: {
        at: expect.stringMatching(/Z$/) as string,
        code: 'mcp_unavailable',
        reason: expect.stringMatching(/\w/) as string,
        statusCode: 503,
        tool: null,
        field: null,
      },
    });
    expect(JSON.stringify(failed)).not.toContain('token-77aa');
    isDown = false;
    const works = async () => (await say(gateway, user, 'remote', '/echo text=hi')).status;
    await vi.waitUntil(async () => (await works()) === 200, { timeout: 40_000, interval: 500 });
    expect(await of('remote')).toMatchObject({
      state: 'ok',
      connections: 1,
      retryAt: null,
      lastFailure: { statusCode: 503 },
    });
  });

  it('is for administrators only', async () => {
    const auditor = await aRoleHolder(gateway, 'auditor');
    for (const { token } of [user, auditor]) {
      expect((await call(gateway, '/api/admin/servers', { token })).status).toBe(403);
    }
  });
});
