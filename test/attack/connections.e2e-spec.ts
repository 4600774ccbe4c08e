import { readdirSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { aUser, call } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';
import { client, closeClients, raw } from './raw-client.ts';

afterAll(closeClients);

/** The sockets that a process holds: what a client sees of a half-open connection says nothing of that. */
const socketsOf = ({ pid }: Gateway) =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => isSocket(`/proc/${pid}/fd/${fd}`)).length;

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false;
  }
}

describe('requests that are refused', () => {
  let gateway: Gateway;
  let before: number;
  beforeAll(async () => {
    gateway = await startGateway();
    before = socketsOf(gateway);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`],
    ['nothing but the first bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00'],
    ['silence', ''],
  ])('hold no connection, whatever their clients do: %s', async (_, bytes) => {
    for (let n = 0; n < 20; n += 1) await client(gateway, bytes);
    // Fewer are possible: the connection on which the start was asked for may end meanwhile.
    await expect.poll(() => socketsOf(gateway), { timeout: 30_000 }).toBeLessThanOrEqual(before);
    expect((await call(gateway, '/health')).status).toBe(200);
  });
});

describe('connections', () => {
  it('of one address are bounded, and the log says so without a flood', async () => {
    const gateway = await startGateway({
      environment: { MAX_CONNECTIONS_PER_IP: '20' },
    });
    const before = socketsOf(gateway);
    const clients: Socket[] = [];
    for (let n = 0; n < 100; n += 1) clients.push(await client(gateway));
    await expect.poll(() => gateway.log()).toContain('connections.refused');
    // One that is being refused counts until it is closed.
    await expect.poll(() => socketsOf(gateway) - before).toBeLessThanOrEqual(20);
    expect(gateway.log().split('connections.refused').length).toBeLessThan(5);
    for (const socket of clients) socket.destroy();
    await expect
      .poll(async () => (await call(gateway, '/health').catch(() => undefined))?.status)
      .toBe(200);
  });

  it('are cut once, and said to be, however much has arrived by then', async () => {
    const gateway = await startGateway();
    await raw(gateway, 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
    expect((await call(gateway, '/health')).status).toBe(200);
    await gateway.stop();
    expect(gateway.log().split('"event":"connections.cut"')).toHaveLength(2);
  });

  it('that their clients break off within a body are no outage, and no error', async () => {
    const gateway = await startGateway();
    const head = 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json';
    const socket = await client(gateway, `${head}\r\nContent-Length: 100\r\n\r\n{`);
    await expect.poll(() => socketsOf(gateway)).toBeGreaterThan(0);
    socket.resetAndDestroy();
    expect((await call(gateway, '/health')).status).toBe(200);
    await gateway.stop();
    expect(gateway.log()).toContain('gateway.stopping');
    expect(gateway.log()).not.toContain('request.failed');
  });

  it('are kept for as long as it is configured', async () => {
    const gateway = await startGateway({ environment: { KEEP_ALIVE: '3s' } });
    const { headers } = await fetch(`${gateway.url}/health`);
    expect(headers.get('keep-alive')).toBe('timeout=3');
  });
});

describe('a request that can be read in two ways', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });

  it.each([
    ['two hosts', 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b'],
    ['one host twice', 'GET /health HTTP/1.1\r\nHost: a\r\nhost: a'],
    ['no host', 'GET /health HTTP/1.1\r\nX: a'],
    ['a host that is none', 'GET /health HTTP/1.1\r\nHost: a b'],
    ['a host with a path', 'GET /health HTTP/1.1\r\nHost: a/b'],
    ['a target of another host', 'GET http://b/health HTTP/1.1\r\nHost: a'],
    ['two tokens', 'GET /api/auth/me HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y'],
    [
      'two types',
      'GET /api/auth/me HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Type: application/json',
    ],
    ['two lengths', 'POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0'],
    [
      'two encodings',
      'POST /api/chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    ],
  ])('is refused, and its connection ends: %s', async (_, head) => {
    const answer = await raw(gateway, `${head}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"malformed_body"');
  });

  it('is none where its target names its host', async () => {
    const text = 'GET http://A:80/health HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n';
    expect(await raw(gateway, text)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['the server as its target', 'OPTIONS *', '404'],
    ['no path as its target', 'GET *api/health', '404'],
    ['a target that cannot be decoded', 'GET /%zz', '400'],
    ['an expectation that is none', 'GET /api/health HTTP/1.1\r\nExpect: 200-ok\r\nX: y', '200'],
  ])('is answered like every other if it has %s', async (_, head, status) => {
    const line = head.includes('HTTP/1.1') ? head : `${head} HTTP/1.1`;
    const answer = await raw(gateway, `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('x-content-type-options: nosniff');
    expect(answer).toMatch(/"success":(true|false)/);
  });

  it('is none where an old client sends no host', async () => {
    expect(await raw(gateway, 'GET /health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is none where a body is empty, of whatever type it says to be', async () => {
    const user = await aUser(gateway);
    const post = (type: string, framing: string) =>
      raw(
        gateway,
        `POST /api/auth/logout-all HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\n` +
          `Authorization: Bearer ${user.token}\r\n${framing}`,
      );
    expect(await post('application/x-www-form-urlencoded', 'Content-Length: 3\r\n\r\na=b')).toMatch(
      /^HTTP\/1\.1 415 /,
    );
    expect(await post('text/plain', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    const { username, password } = user;
    const again = await call<{ accessToken: string }>(gateway, '/api/auth/login', {
      body: { username, password },
    });
    const { status } = await call(gateway, '/api/auth/logout', {
      method: 'POST',
      token: again.data.accessToken,
      body: '',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(status).toBe(200);
    for (const type of ['', 'none', 'application/', '*/*', 'a b; c']) {
      const framed = `POST /api/auth/passkeys/sign-in/options HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\n`;
      expect(await raw(gateway, `${framed}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await raw(gateway, `${framed}Content-Length: 2\r\n\r\n{}`)).toMatch(
        /^HTTP\/1\.1 415 /,
      );
      expect(await raw(gateway, `${framed}Content-Length: 0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });
});

describe('a body that is never sent to its end', () => {
  it('is not waited for as long as an answer', async () => {
    const gateway = await startGateway({
      environment: { SHUTDOWN_DRAIN: '10m' },
    });
    await client(gateway, 'POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    await call(gateway, '/health');
    expect(await gateway.stop()).toBe(0);
  });
});
