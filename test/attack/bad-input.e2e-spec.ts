import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { aUser, call, type CallOptions, say, type User } from '../e2e/client.ts';
import { type Gateway, query, startGateway } from '../e2e/gateway.ts';

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway();
  user = await aUser(gateway);
});

/** Nothing that is refused tells of what is inside. */
const INSIDE =
  /node_modules|\.[jt]s\b|at \w+ \(|select |insert |sqlite|postgres|mikro|fastify|nest|FST_|Unexpected token|position \d/i;

async function refused(path: string, options: CallOptions) {
  const answer = await call(gateway, path, options);
  expect(answer.body).toEqual({
    success: false,
    error: expect.objectContaining({
      code: expect.stringMatching(/^[a-z_]+$/) as string,
      message: expect.any(String) as string,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    }) as object,
  });
  expect(answer.text).not.toMatch(INSIDE);
  return [answer.status, answer.body.error?.code];
}

const chat = (body: unknown, headers: Record<string, string> = {}) =>
  refused('/api/chat', { token: user.token, body, headers });
const messages = () => query(gateway, 'select count(*) as messages from messages');
const valid = { message: 'hello', profile_id: 'everything' };

describe('a body', () => {
  it.each([
    ['malformed', '{"message":', 400, 'malformed_body'],
    ['not an object', '"text"', 400, 'invalid_input'],
    ['a list', '[]', 400, 'invalid_input'],
    ['null', 'null', 400, 'invalid_input'],
    ['empty', '', 400, 'invalid_input'],
    [
      'with __proto__',
      '{"message":"x","profile_id":"notes","__proto__":{"a":1}}',
      400,
      'malformed_body',
    ],
    [
      'with constructor.prototype',
      '{"message":"x","constructor":{"prototype":{"a":1}}}',
      400,
      'malformed_body',
    ],
    [
      'with __proto__ deep inside',
      '{"message":"x","profile_id":"notes","a":{"b":[{"__proto__":{}}]}}',
      400,
      'malformed_body',
    ],
    ['with a byte order mark inside', '{"message":\ufeff"x"}', 400, 'malformed_body'],
  ])('that is %s', async (_, body, status, code) => {
    expect(await chat(body)).toEqual([status, code]);
  });

  it.each([
    ['alone', [0xff]],
    ['cut off', [0xc3]],
    ['overlong', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['of Latin-1', [0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]],
  ])('with bytes that are no UTF-8: %s', async (_, bytes) => {
    const before = await messages();
    const body = Buffer.concat([
      Buffer.from('{"profile_id":"everything","message":"'),
      Buffer.from(bytes),
      Buffer.from('"}'),
    ]);
    const response = await fetch(`${gateway.url}/api/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${user.token}` },
      body,
    });
    const { error } = (await response.json()) as { error: { code: string } };
    expect([response.status, error.code]).toEqual([400, 'malformed_body']);
    expect(await messages()).toEqual(before);
  });

  it('with a byte order mark before it is read as without', async () => {
    const body = `\ufeff${JSON.stringify({ ...valid, message: 'Grüße 🙂' })}`;
    const answer = await call(gateway, '/api/chat', { token: user.token, body });
    expect(answer.status).toBe(200);
  });

  it('of thousands of fields is refused before any of them is looked at', async () => {
    const fields = Array.from({ length: 5_500 }, (_, n) => `"k${n}":1`).join(',');
    expect(await chat(`{${fields}}`)).toEqual([400, 'malformed_body']);
    expect(await chat(`{"message":[${'1,'.repeat(20_000)}1]}`)).toEqual([400, 'malformed_body']);
    const query = Array.from({ length: 2_000 }, (_, n) => `a${n}`).join('&');
    const answer = await call(gateway, `/api/chat/conversations?${query}`, { token: user.token });
    expect([answer.status, answer.body.error?.details]).toEqual([
      400,
      [{ field: '', message: 'too many parameters' }],
    ]);
  });

  it.each([
    ['an unknown field', { ...valid, admin: true }],
    ['an unknown field that is null', { ...valid, admin: null }],
    ['no message but null', { ...valid, message: null }],
    ['a field named like a member of every object', { ...valid, toString: 1 }],
    ['a field named constructor', { ...valid, constructor: 1 }],
    ['a field named prototype', { ...valid, prototype: null }],
    ['a field named hasOwnProperty', { ...valid, hasOwnProperty: null }],
    ['the message as a number', { ...valid, message: 5 }],
    ['the message as a list', { ...valid, message: ['hello'] }],
    ['the message as an object', { ...valid, message: { $gt: '' } }],
    ['no message', { profile_id: 'everything' }],
    ['an empty message', { ...valid, message: '' }],
    ['a message with NUL', { ...valid, message: 'a\0b' }],
    ['a message with half a surrogate pair', { ...valid, message: 'a\ud800b' }],
    ['a profile id with a path', { ...valid, profile_id: '../../etc/passwd' }],
    ['a profile id of 10,000 characters', { ...valid, profile_id: 'x'.repeat(10_000) }],
    ['a profile id as a list', { ...valid, profile_id: ['everything'] }],
    ['a conversation id as a number', { ...valid, conversation_id: 5 }],
    ['a conversation id that is none', { ...valid, conversation_id: "1' or '1'='1" }],
    ['a conversation id of 10,000 characters', { ...valid, conversation_id: 'x'.repeat(10_000) }],
    ['a server of its own', { ...valid, servers: [{ command: 'sh' }] }],
  ])('with %s', async (_, body) => {
    expect(await chat(body)).toEqual([400, 'invalid_input']);
  });

  it('names the fields that are wrong, without repeating what was sent', async () => {
    const answer = await call(gateway, '/api/chat', {
      token: user.token,
      body: { message: 7, profile_id: 'Sneaky Value', extra: 'Sneaky Value' },
    });
    const fields = answer.body.error?.details?.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['message', 'profile_id', 'extra']));
    expect(answer.text).not.toContain('Sneaky');
  });

  it('of one megabyte', async () => {
    expect(await chat({ ...valid, message: 'x'.repeat(1 << 20) })).toEqual([413, 'body_too_large']);
  });

  it('of one megabyte that does not say so', async () => {
    const response = await fetch(`${gateway.url}/api/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${user.token}` },
      body: new ReadableStream({
        start(stream) {
          for (let n = 0; n < 16; n += 1) stream.enqueue(Buffer.alloc(1 << 16, 0x20));
          stream.close();
        },
      }),
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/json5',
  ])('of type %s', async (type) => {
    expect(await chat('message=hello', { 'Content-Type': type })).toEqual([
      415,
      'unsupported_media_type',
    ]);
  });

  it('of another coding, which nothing unpacks', async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 20, ' ')).toString('latin1');
    const asked = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
    expect(await chat(bomb, asked)).toEqual([415, 'unsupported_media_type']);
  });

  it('that names no coding, or that of the body as it is', async () => {
    for (const coding of ['identity', ' Identity ', '']) {
      const asked = { 'Content-Type': 'application/json', 'Content-Encoding': coding };
      expect(await chat('[', asked)).toEqual([400, 'malformed_body']);
    }
  });

  it('of very many parts', async () => {
    expect(await chat(`{"message":[${'{},'.repeat(20_000)}{}]}`)).toEqual([400, 'malformed_body']);
  });

  it('of deeply nested JSON', async () => {
    expect(await chat(`{"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toEqual([
      400,
      'malformed_body',
    ]);
  });
});

describe('credentials', () => {
  it.each([
    ['a name with NUL', { username: 'ad\0a', password: 'long enough' }],
    ['a name with half a surrogate pair', { username: 'ada\udc00', password: 'long enough' }],
    ['a name of 10,000 characters', { username: 'a'.repeat(10_000), password: 'long enough' }],
    ['a name with control characters', { username: 'ada\nroot', password: 'long enough' }],
    ['a name with an invisible letter', { username: 'ad\u3164a', password: 'long enough' }],
    ['a name with an invisible joiner', { username: 'ad\u034fa', password: 'long enough' }],
    ['a name with a right-to-left override', { username: 'ad\u202ea', password: 'long enough' }],
    ['a password with half a surrogate pair', { username: 'ada', password: 'long enough\ud800' }],
    ['a role', { username: 'ada', password: 'long enough', role: 'admin' }],
    ['an id', { username: 'ada', password: 'long enough', id: '1', userId: '1' }],
    ['objects', { username: { $ne: '' }, password: { $ne: '' } }],
  ])('with %s', async (_, body) => {
    expect(await refused('/api/auth/register', { body })).toEqual([400, 'invalid_input']);
  });

  it('that are refused leave nothing behind', async () => {
    const [{ accounts }] = (await query(gateway, 'select count(*) as accounts from accounts')) as [
      { accounts: unknown },
    ];
    expect(Number(accounts)).toBe(1);
  });
});

describe('an address', () => {
  const get = (path: string) => refused(path, { token: user.token });

  it.each([
    ['an id that is none', '/api/chat/runs/1', 400, 'invalid_input'],
    ['an id of a conversation that is none', '/api/chat/history/a%20b', 400, 'invalid_input'],
    ['an id of 10,000 characters', `/api/chat/history/${'x'.repeat(10_000)}`, 404, 'not_found'],
    ['an encoded path', '/api/profiles/..%2f..%2fetc', 400, 'invalid_input'],
    ['an encoded NUL', '/api/profiles/a%00b', 400, 'invalid_input'],
    ['a broken encoding', '/api/profiles/%', 400, 'malformed_body'],
    ['a parameter twice', '/api/chat/conversations?limit=1&limit=2', 400, 'invalid_input'],
    ['an unknown parameter', '/api/chat/conversations?user=1', 400, 'invalid_input'],
    ['a parameter as an object', '/api/chat/conversations?limit[gt]=1', 400, 'invalid_input'],
    ['a limit of zero', '/api/chat/conversations?limit=0', 400, 'invalid_input'],
    ['a limit without end', '/api/chat/conversations?limit=1e9', 400, 'invalid_input'],
    [
      'a cursor of nonsense',
      '/api/chat/conversations?cursor=%27%20or%201%3D1',
      400,
      'invalid_input',
    ],
    [
      'a cursor of the year 0',
      `/api/chat/conversations?cursor=${Buffer.from('0000-01-01T00:00:00.000Z 01a20de4-0000-7000-8000-000000000000').toString('base64url')}`,
      400,
      'invalid_input',
    ],
    [
      'a cursor of a wrong moment',
      `/api/chat/conversations?cursor=${Buffer.from('2026-99-99T99:99:99.999Z 01a20de4-0000-7000-8000-000000000000').toString('base64url')}`,
      400,
      'invalid_input',
    ],
    ['__proto__', '/api/chat/conversations?__proto__[x]=1', 400, 'invalid_input'],
    ['a name of every object', '/api/profiles/constructor', 404, 'profile_not_found'],
  ])('with %s', async (_, path, status, code) => {
    expect(await get(path)).toEqual([status, code]);
  });

  it.each(['TRACE', 'PUT', 'QUERY'])('asked with %s', async (method) => {
    const status = await rawStatus(
      `${method} /api/chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe('a connection', () => {
  it.each([
    ['is no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'has headers without end',
      `GET /health HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      'states two lengths',
      'POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'states a length and chunks',
      'POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ])('that %s is answered and closed', async (_, bytes, answer) => {
    const text = await rawStatus(bytes);
    expect(text).toMatch(answer);
    expect(text).toContain('"success":false');
    expect(text).toContain('x-content-type-options: nosniff');
    expect(text).not.toMatch(INSIDE);
  });
});

/** Sends bytes as they are; everything that comes back until the connection is closed. */
function rawStatus(bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('close', () => resolve(text)).once('error', reject);
  });
}

describe('a client that takes its time', () => {
  it.each([
    ['with its headers', 'POST /api/chat HTTP/1.1\r\nHost: x\r\nX: '],
    [
      'with its body',
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ],
  ])('%s is not waited for', { timeout: 40_000 }, async (_, bytes) => {
    expect(await rawStatus(bytes)).toMatch(/^HTTP\/1\.1 408 .*"request_timeout"/s);
  });
});

describe('after all of it', () => {
  it('the gateway serves as before, and no message is left without its run', async () => {
    expect((await say(gateway, user, 'everything', 'still there?')).status).toBe(200);
    expect(
      await query(
        gateway,
        `select messages.id from messages left join runs on runs.id = messages.run_id
         where runs.id is null or runs.status = 'running'`,
      ),
    ).toEqual([]);
  });
});
