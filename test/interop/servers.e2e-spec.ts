import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { aUser, say, type User } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { installPackages } from './install-packages.ts';
import {
  APP_SERVERS,
  bridgesTo,
  type Case,
  EVERYTHING,
  FOLDER,
  REFERENCE_SERVERS,
  script,
  toolOf,
} from './servers/cases.ts';

// Servers and bridges of others, put into profiles as operators would, and used by a person.
let supergateway: { readonly process: ChildProcess; readonly url: string };
let gateway: Gateway;
let user: User;
beforeAll(async () => {
  await installPackages(FOLDER, '--omit=optional');
  supergateway = await startSupergateway();
  const cases = [...REFERENCE_SERVERS, ...APP_SERVERS, ...bridgesTo(supergateway.url)];
  gateway = await startGateway({
    environment: {
      PROFILES_DIR: aProfilesDir(Object.fromEntries(cases.map(profileFile))),
      // Those that have answered make room for the next.
      MCP_MAX_PROCESSES: '4',
    },
  });
  user = await aUser(gateway);
}, 300_000);
afterAll(() => supergateway.process.kill());

const profileFile = (one: Case): [string, object] => [
  `${one.id}.json`,
  aProfile(one.id, {
    servers: [{ name: 'server', ...one.server }],
    allowedTools: { server: [toolOf(one)] },
  }),
];

const answers = async ({ id, message, answer }: Case) => {
  const { status, data } = await say(gateway, user, id, message);
  expect([status, data.isError, data.response]).toEqual([
    200,
    undefined,
    expect.stringMatching(answer),
  ]);
};

describe('a reference server', () => {
  it.each(REFERENCE_SERVERS)('answers: $id', answers);
});

describe('an example server of MCP Apps', () => {
  it.each(APP_SERVERS)('answers: $id', answers);
});

describe('a bridge of others in front of a server', () => {
  it.each(bridgesTo(''))('answers: $id', answers);
});

async function startSupergateway(): Promise<typeof supergateway> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const options = {
    stdio: EVERYTHING,
    port: String(port),
    healthEndpoint: '/health',
    outputTransport: 'streamableHttp',
    logLevel: 'none',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const args = [script('supergateway/dist/index.js'), '--stateful', ...flags];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const isHealthy = () =>
    fetch(`${origin}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitUntil(isHealthy, { timeout: 60_000 });
  return { process: child, url: `${origin}/mcp` };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
