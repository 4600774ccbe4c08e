import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { anOddHttpServer, sendJson } from '../../libs/mcp/src/testing/odd-http-server.ts';
import { closeHttpServers, serveHttp } from '../../libs/mcp/src/testing/http-servers.ts';
import { aUser, say, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import { connect } from '../oauth/connecting.ts';
import { anOAuthWorld, type OAuthWorld } from '../oauth/oauth-world.ts';

// The profiles stand in docs/profiles.md. Only the addresses of servers that are not on this machine are other ones here.
const KEY = 'the key of the operator';

let world: OAuthWorld;
let gateway: Gateway;
let user: User;
beforeAll(async () => {
  world = await anOAuthWorld();
  const addresses = {
    'https://mcp.catalogue.example/mcp': await serveHttp(
      behindKey(aServer('find_books', 'subject')),
    ),
    'https://notes.example/mcp': world.url,
    'http://files.office.example:8080/mcp': await serveHttp(
      aServer('look_up', 'name', 'file_away', 'shred'),
    ),
  };
  let page = readFileSync('docs/profiles.md', 'utf8');
  for (const [address, here] of Object.entries(addresses)) page = page.replaceAll(address, here);
  const profiles = [...page.matchAll(/^```json gallery\n([^]*?)^```/gm)].map(
    ([, text]) => JSON.parse(text!) as { id: string },
  );
  gateway = await startGateway({
    environment: {
      PROFILES_DIR: aProfilesDir(
        Object.fromEntries(profiles.map((profile) => [`${profile.id}.json`, profile])),
      ),
      MCP_SECRET_CATALOGUE: KEY,
      CONNECTIONS_RETURN_URL: 'org.example.app:/connected',
    },
  });
  user = await aUser(gateway);
});
afterAll(() => {
  world.close();
  closeHttpServers();
});

const tell = async (profile: string, message: string) =>
  (await say(gateway, user, profile, message)).body;

describe('the gallery of docs/profiles.md', () => {
  it('has notes that are built in', async () => {
    await tell('jotter', 'Buy oat milk');
    expect((await tell('jotter', '/list_notes')).data?.response).toContain('oat milk');
  });

  it('has a server from npm over stdio', async () => {
    const entity = { name: 'Ada', entityType: 'person', observations: ['likes bees'] };
    await tell('graph', `/create_entities ${JSON.stringify({ entities: [entity] })}`);
    expect((await tell('graph', 'bees')).data?.response).toContain('Ada');
  });

  it('has a remote server with a key', async () => {
    expect((await tell('catalogue', 'the sea')).data?.response).toContain('"subject":"the sea"');
  });

  it('has a server that each person connects', async () => {
    // The message waits until the person has connected the server.
    expect((await say(gateway, user, 'box', '/whoami')).status).toBe(202);
    await connect(gateway, user, world, 'box', 'ada');
    expect((await tell('box', '/whoami')).data?.response).toBe('You are ada.');
  });

  it('has a server behind an allow list', async () => {
    expect((await tell('office', '/look_up lease')).data?.response).toContain('"name":"lease"');
    expect((await tell('office', '/shred lease')).data?.errorCode).toBe('command_refused');
    const asked = await say(gateway, user, 'office', '/file_away lease');
    expect(asked.status).toBe(202);
  });

  it('has no fault for profiles check, which asks no server that people connect', async () => {
    const ids = ['jotter', 'graph', 'catalogue', 'box', 'office'];
    const { code, stdout } = await runCommand(gateway, 'profiles', 'check', ...ids);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^5 profiles, .* 0 faults$/m)]);
    expect(stdout).toMatch(/^catalogue +catalogue +find_books +read +unpinned +answered$/m);
    expect(stdout).toContain('box: box is not asked: each person connects it');
  });
});

/** Its tools take one text, and answer with their arguments. */
function aServer(tool: string, argument: string, ...others: string[]): RequestListener {
  const inputSchema = {
    type: 'object',
    properties: { [argument]: { type: 'string' } },
    required: [argument],
  };
  const tools = [tool, ...others].map((name) => ({ name, inputSchema }));
  return anOddHttpServer({
    'tools/list': ({ asked, response }) => sendJson(response, { id: asked.id, result: { tools } }),
  });
}

function behindKey(server: RequestListener): RequestListener {
  return (request, response) => {
    if (request.headers.authorization === `Bearer ${KEY}`) server(request, response);
    else response.writeHead(401).end();
  };
}
