import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { request } from 'node:http';
import { v4 } from 'uuid';
import { databases, useDatabase } from '../test/databases.js';
import { connectClient } from '../test/tools-harness.js';
import { createStandAlone } from './create-stand-alone.js';

const TOKEN = 'a-token-of-more-than-32-characters-for-this';

const LIST_TOOLS = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });

describe.each(databases)('stand-alone process on $database', ({ url }) => {
  let app: NestFastifyApplication;
  let port: number;
  let database: ReturnType<typeof useDatabase>;
  const logged: unknown[] = [];

  beforeAll(async () => {
    database = useDatabase(url);
    vi.stubEnv('PERSONAL_TOOLS_TOKEN', TOKEN);
    const write = (...args: unknown[]) => void logged.push(args);
    app = await createStandAlone({ log: write, error: write, warn: write });
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });
  afterAll(async () => {
    await app.close();
    database.release();
  });

  const connect = (owner: string, mode?: 'auto' | 'legacy') =>
    connectClient(
      new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${TOKEN}`, 'x-gateway-user': owner } },
      }),
      mode,
    );

  /** A bare request, as `fetch` neither repeats a header nor sends an Origin of its own. */
  function send(
    headers: Record<string, string | string[] | undefined>,
    { method = 'POST', path = '/mcp', body = LIST_TOOLS } = {},
  ): Promise<{ status: number; body: string }> {
    const given: Record<string, string | string[] | undefined> = {
      authorization: `Bearer ${TOKEN}`,
      'x-gateway-user': v4(),
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, path, method }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      });
      for (const [name, value] of Object.entries(given)) {
        if (value !== undefined) call.setHeader(name, value);
      }
      call.on('error', reject);
      call.end(method === 'POST' ? body : undefined);
    });
  }

  it.each([
    ['auto', '2026-07-28'],
    ['legacy', '2025-11-25'],
  ] as const)('serves a client that connects in mode %s', async (mode, version) => {
    const user = await connect(v4(), mode);
    expect(user.client.getNegotiatedProtocolVersion()).toBe(version);
    expect((await user.client.listTools()).tools).toHaveLength(12);
    expect(await user.ask('add_note', { text: 'over HTTP' })).toBe('Saved as note 1: over HTTP');
    expect(await user.refused('read_note', { number: 2 })).toBe('There is no note 2.');
    await user.client.close();
  });

  it('keeps the owners of simultaneous requests apart', async () => {
    const users = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => ({ i, user: await connect(v4()) })),
    );
    await Promise.all(users.map(({ i, user }) => user.ask('add_note', { text: `of ${i}` })));
    for (const { i, user } of users) {
      expect(await user.ask('list_notes')).toBe(`You have 1 note.\n#1 of ${i}`);
    }
    await users[0]!.user.ask('delete_note', { number: 1 });
    expect(await users[1]!.user.ask('read_note', { number: 1 })).toContain('of 1');
    await Promise.all(users.map(({ user }) => user.client.close()));
  });

  it('answers a request that is as it should be', async () => {
    const answer = await send({});
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('add_note');
  });

  it.each([
    ['no token', undefined],
    ['an empty token', 'Bearer '],
    ['a wrong token', `Bearer ${TOKEN.slice(0, -1)}x`],
    ['the beginning of the token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['a longer token', `Bearer ${TOKEN}x`],
    ['another scheme', `Basic ${TOKEN}`],
    ['the right and then a wrong token', [`Bearer ${TOKEN}`, 'Bearer wrong']],
    ['a wrong and then the right token', ['Bearer wrong', `Bearer ${TOKEN}`]],
  ])('refuses %s without saying why', async (_, authorization) => {
    expect(await send({ authorization })).toEqual({
      status: 401,
      body: '{"message":"Unauthorized","statusCode":401}',
    });
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['no UUID', 'admin'],
    ['two in one header', `${v4()}, ${v4()}`],
    ['two headers', [v4(), v4()]],
    [
      'one header twice',
      ['7d1b9b1e-6f0a-4b7e-9d55-0c8a3f7e2b11', '7d1b9b1e-6f0a-4b7e-9d55-0c8a3f7e2b11'],
    ],
    ['a UUID and more', `${v4()}'--`],
  ])('refuses an owner that is %s', async (_, owner) => {
    expect((await send({ 'x-gateway-user': owner })).status).toBe(400);
  });

  it('takes the owner from no other place', async () => {
    for (const name of ['x_gateway_user', 'x-gateway-userid', 'x-forwarded-user']) {
      expect((await send({ 'x-gateway-user': undefined, [name]: v4() })).status).toBe(400);
    }
    const path = `/mcp?x-gateway-user=${v4()}`;
    expect((await send({ 'x-gateway-user': undefined }, { path })).status).toBe(400);
  });

  it.each(['http://localhost', 'null', 'https://evil.example'])(
    'refuses a browser page of %s, even with the token',
    async (origin) => {
      expect((await send({ origin })).status).toBe(403);
    },
  );

  it('refuses a body of more than 64 KiB', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'x',
      padding: 'x'.repeat(65_536),
    });
    expect((await send({}, { body })).status).toBe(413);
    expect((await send({ 'transfer-encoding': 'chunked' }, { body })).status).toBe(413);
  });

  it.each(['{', 'x'.repeat(1_000_000)])('asks who calls before it reads what', async (body) => {
    expect((await send({ authorization: undefined }, { body })).status).toBe(401);
  });

  it.each([
    ['{', 'application/json', 400],
    ['', 'application/json', 400],
    ['[]', 'application/json', 400],
    ['null', 'application/json', 400],
    ['{"jsonrpc":"2.0"}', 'application/json', 400],
    ['a=b', 'application/x-www-form-urlencoded', 415],
    ['hello', 'text/plain', 415],
  ])('refuses the body %j of type %s', async (body, type, status) => {
    const answer = await send({ 'content-type': type }, { body });
    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/node_modules|\.js:|at /);
  });

  it('knows no session to open or end', async () => {
    for (const method of ['GET', 'DELETE']) {
      expect((await send({}, { method })).status).toBe(405);
      expect((await send({ authorization: undefined }, { method })).status).toBe(401);
    }
  });

  it('hands out everything of one owner, and erases it', async () => {
    const [owner, other] = [v4(), v4()];
    for (const id of [owner, other]) {
      const user = await connect(id);
      await user.ask('add_note', { title: 'Milk', text: `note of ${id}` });
      await user.ask('add_task', { title: `task of ${id}`, due: '2026-12-31' });
      await user.ask('add_event', { title: `event of ${id}`, start: '2026-12-24T18:00:00Z' });
      await user.client.close();
    }
    const data = (id: string, method: string) =>
      send({ 'x-gateway-user': id }, { method, path: '/owner-data' });
    const all = JSON.parse((await data(owner, 'GET')).body) as Record<string, object[]>;
    expect(all).toEqual({
      notes: [expect.objectContaining({ number: 1, title: 'Milk', text: `note of ${owner}` })],
      tasks: [expect.objectContaining({ title: `task of ${owner}`, dueOn: '2026-12-31' })],
      events: [expect.objectContaining({ startsAt: '2026-12-24T18:00:00.000Z', place: null })],
    });
    expect((await data(owner.toUpperCase(), 'DELETE')).status).toBe(204);
    expect((await data(owner, 'DELETE')).status).toBe(204);
    expect((await data(owner, 'GET')).body).toBe('{"notes":[],"tasks":[],"events":[]}');
    expect((await data(other, 'GET')).body).toContain(`note of ${other}`);
  });

  it('hands out and erases nothing for anybody but the gateway', async () => {
    for (const method of ['GET', 'DELETE']) {
      const asked = (headers: Record<string, string | undefined>) =>
        send(headers, { method, path: '/owner-data' });
      expect((await asked({ authorization: undefined })).status).toBe(401);
      expect((await asked({ authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await asked({ 'x-gateway-user': undefined })).status).toBe(400);
      expect((await asked({ 'x-gateway-user': '*' })).status).toBe(400);
      expect((await asked({ origin: 'https://evil.example' })).status).toBe(403);
    }
  });

  it('tells its health to anyone, and nothing else', async () => {
    const health = { method: 'GET', path: '/health' };
    expect(await send({ authorization: undefined }, health)).toEqual({
      status: 200,
      body: '{"status":"ok"}',
    });
    expect((await send({}, { method: 'GET', path: '/' })).status).toBe(404);
  });

  it('logs that a call was refused, and neither tokens, owners nor what was said', async () => {
    const owner = v4();
    const user = await connect(owner);
    await user.ask('add_note', { text: 'my secret' });
    await user.refused('read_note', { number: 999 });
    await send({ authorization: 'Bearer my-guess', 'x-gateway-user': owner });
    const text = JSON.stringify(logged);
    expect(text).toContain('{"event":"personal_tools.refused","reason":"token"}');
    for (const secret of [TOKEN, owner, 'my secret', 'my-guess', 'over HTTP']) {
      expect(text).not.toContain(secret);
    }
    await user.client.close();
  });
});
