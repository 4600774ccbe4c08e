import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  aLegacyHttpServer,
  closeHttpServers,
  serveHttp,
} from '../../libs/mcp/src/testing/http-servers.ts';
import { aUser, call, say, type User } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';

/** What other hosts have taken from a client: commands to run, addresses to call, tools to use. */
const PROOF = join(tmpdir(), `mcp-configuration-${process.pid}`);
const SERVER = { name: 'x', transport: 'stdio', command: '/usr/bin/touch', args: [PROOF] };

describe('what a client says of MCP servers', () => {
  let gateway: Gateway;
  let user: User;
  /** The headers of all requests that a server has got. */
  const received: string[] = [];
  beforeAll(async () => {
    const server = aLegacyHttpServer(({ id }, response) => {
      const result = { content: [{ type: 'text', text: 'recorded' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
    const url = await serveHttp((request, response) => {
      received.push(JSON.stringify(request.headers));
      server(request, response);
    });
    const recorder = aProfile('recorder', {
      servers: [{ name: 'recorder', transport: 'http', url, headers: { 'x-user': '{userId}' } }],
      allowedTools: { recorder: ['record'] },
    });
    gateway = await startGateway({
      environment: { PROFILES_DIR: aProfilesDir({ 'recorder.json': recorder }) },
    });
    user = await aUser(gateway);
  });
  afterAll(closeHttpServers);

  it.each([
    ['servers', [SERVER]],
    ['mcpServers', { x: SERVER }],
    ['mcp_server', { url: 'http://169.254.169.254/latest/meta-data/' }],
    ['tool_ids', ['server:other-user']],
    ['tools', [{ name: 'add_note', url: 'http://127.0.0.1:1/' }]],
    ['headers', { authorization: 'Bearer x' }],
    ['env', { NODE_OPTIONS: '--inspect' }],
  ])('is refused: %s', async (field, value) => {
    const answer = await call(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'hello', profile_id: 'notes', [field]: value },
    });
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_input']);
    expect(existsSync(PROOF)).toBe(false);
  });

  it.each(['/api/mcp/test', '/api/mcp-rest/test/connection', '/api/profiles', '/api/servers'])(
    'has no route that takes a server: POST %s',
    async (path) => {
      const answer = await call(gateway, path, { token: user.token, body: SERVER });
      expect(answer.status).toBe(404);
      expect(existsSync(PROOF)).toBe(false);
    },
  );

  it('takes the token of the app to no server', async () => {
    await say(gateway, user, 'recorder', '/record text=x');
    expect(received.join()).toContain(user.userId);
    expect(received.join()).not.toContain(user.token);
    expect(received.join()).not.toMatch(/"(authorization|cookie|dpop|x-forwarded-for)"/);
  });

  it('reaches no tool that the profile does not name', async () => {
    const { data } = await say(gateway, user, 'notes', '/add_task title=x');
    expect(data.response).toMatch(/help/);
  });
});
