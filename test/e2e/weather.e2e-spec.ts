import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { aProfilesDir } from './profiles.ts';

interface WeatherProfile {
  readonly servers: readonly { readonly module: string; readonly env: Record<string, string> }[];
}

const shipped = JSON.parse(
  readFileSync('apps/gateway/profiles/weather.json', 'utf8'),
) as WeatherProfile;

/** What the fake Open-Meteo was asked. */
const asked: { path: string; headers: Record<string, unknown> }[] = [];
let meteo: Server;
let address: string;
let gateway: Gateway;
let user: User;
beforeAll(async () => {
  meteo = createServer(({ url = '', headers }, response) => {
    asked.push({ path: url, headers });
    const { pathname, searchParams } = new URL(url, 'http://meteo');
    const answer =
      pathname === '/v1/search'
        ? { results: [{ name: searchParams.get('name'), latitude: 45.76, longitude: 4.84 }] }
        : { latitude: 45.75, longitude: 4.83, daily: { precipitation_sum: [0, 7.3] } };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(meteo, 'listening');
  address = `http://127.0.0.1:${(meteo.address() as AddressInfo).port}`;
  gateway = await startGateway({
    environment: { WEATHER: 'on', PROFILES_DIR: aProfilesDir({ 'weather.json': atFake(shipped) }) },
  });
  user = await aUser(gateway);
});
afterAll(() => meteo.close());

const atFake = ({ servers: [server], ...profile }: WeatherProfile) => ({
  ...profile,
  servers: [
    {
      ...server,
      env: {
        ...server!.env,
        OPEN_METEO_API_URL: address,
        OPEN_METEO_GEOCODING_API_URL: address,
      },
    },
  ],
});

const weatherOf = async (at: Gateway, by: User) =>
  (await call<{ id: string }[]>(at, '/api/profiles', { token: by.token })).data.find(
    ({ id }) => id === 'weather',
  );

describe('the weather', () => {
  it('is not there unless the operator wants it', async () => {
    const without = await startGateway();
    const by = await aUser(without);
    expect(await weatherOf(without, by)).toBeUndefined();
    const answer = await say(without, by, 'weather', 'Lyon');
    expect([answer.status, answer.body.error?.code]).toEqual([404, 'profile_not_found']);
  });

  it('is there with the tools that the profile names, without a network', async () => {
    const plain = await startGateway({ environment: { WEATHER: 'on' } });
    const by = await aUser(plain);
    expect(await weatherOf(plain, by)).toBeDefined();
    const { data } = await call<{ commands: { name: string }[]; unavailable?: string[] }>(
      plain,
      '/api/profiles/weather/capabilities',
      { token: by.token },
    );
    expect(data.unavailable).toBeUndefined();
    expect(data.commands.map(({ name }) => name).toSorted()).toEqual([
      'air_quality',
      'geocoding',
      'marine_weather',
      'weather_forecast',
    ]);
  });

  it('comes from Open-Meteo, which learns the place and nothing of the person', async () => {
    const place = await say(gateway, user, 'weather', 'Lyon');
    expect(place.data.isError).toBeUndefined();
    expect(place.data.response).toMatch(/Lyon[\s\S]+45\.76/);
    const forecast = await say(
      gateway,
      user,
      'weather',
      '/weather_forecast latitude=45.76 longitude=4.84 daily=precipitation_sum timezone=auto',
    );
    expect(forecast.data.response).toContain('7.3');
    expect(asked.map(({ path }) => path.split('?')[0])).toEqual(['/v1/search', '/v1/forecast']);
    const sent = JSON.stringify(asked);
    for (const secret of [user.userId, user.username, user.token]) {
      expect(sent).not.toContain(secret);
    }
  });

  it('suggests what works without a language model', async () => {
    const { data } = await call<{ suggestions: string[] }>(gateway, '/api/profiles/weather', {
      token: user.token,
    });
    for (const message of data.suggestions) {
      const answer = await say(gateway, user, 'weather', message);
      expect([message, answer.data.isError]).toEqual([message, undefined]);
    }
  });

  it('is asked by a process that reads no .env of the gateway', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-env-'));
    writeFileSync(join(folder, '.env'), `OPEN_METEO_GEOCODING_API_URL=${address}\n`);
    const { env, module } = shipped.servers[0]!;
    const asksAsTold = async (environment: Record<string, string>) => {
      const before = asked.length;
      const client = new Client({ name: 'test', version: '1' });
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [resolve('node_modules', module)],
        // Open-Meteo itself is not asked by a test.
        env: { ...environment, HTTPS_PROXY: 'http://127.0.0.1:9' },
        cwd: folder,
        stderr: 'ignore',
      });
      await client.connect(transport);
      await client.callTool({ name: 'geocoding', arguments: { name: 'Lyon' } });
      await client.close();
      return asked.length > before;
    };
    const { DOTENV_CONFIG_PATH, ...careless } = env;
    expect(DOTENV_CONFIG_PATH).toBeDefined();
    expect(await asksAsTold(careless)).toBe(true);
    expect(await asksAsTold(env)).toBe(false);
  });
});
