import { connect } from 'node:net';
import { aUser, call, say } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';

/** Sends bytes as they are, and reads until the gateway closes the connection. */
function raw({ url }: Gateway, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('close', () => resolve(text)).once('error', reject);
  });
}

describe('requests that cannot be read', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({
      environment: { LIMIT_API: '3/1h', TRUST_PROXY: '127.0.0.0/8' },
    });
  });

  const post = (body: string, type: string) => (address: string) =>
    call(gateway, '/api/auth/login', {
      body,
      headers: { 'Content-Type': type, 'X-Forwarded-For': address },
    }).then(({ status }) => status);
  const line =
    (text: string, header = 'X: y') =>
    async (address: string) => {
      const headers = `Host: x\r\nX-Forwarded-For: ${address}\r\n${header}\r\nConnection: close`;
      const answer = await raw(gateway, `${text} HTTP/1.1\r\n${headers}\r\n\r\n`);
      return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
    };

  it.each([
    ['JSON that is none', '192.0.2.1', post('{"a":', 'application/json')],
    ['a body too large', '192.0.2.2', post('x'.repeat(70_000), 'application/json')],
    ['another type', '192.0.2.3', post('a=b', 'text/plain')],
    ['a method of WebDAV', '192.0.2.4', line('PROPFIND /api/chat')],
    ['an address that cannot be decoded', '192.0.2.5', line('GET /api/%zz')],
    ['an unknown address', '192.0.2.6', line('GET /api/nothing')],
    ['an address in another spelling', '192.0.2.7', line('GET /%61pi/nothing')],
    ['an address of another case', '192.0.2.8', line('GET /API/nothing')],
    ['an expectation', '192.0.2.10', line('GET /api/nothing', 'Expect: 200-ok')],
    ['HEAD', '192.0.2.9', line('HEAD /api/profiles')],
  ])('count towards LIMIT_API, once each: %s', async (_, address, send) => {
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push(await send(address));
    expect(statuses.slice(0, 3)).not.toContain(429);
    expect(statuses[3]).toBe(429);
    const headers = { 'X-Forwarded-For': address };
    expect((await call(gateway, '/api/profiles', { headers })).status).toBe(429);
  });
});

describe('an IPv6 client', () => {
  const behindProxy = (environment: Record<string, string>) =>
    startGateway({ environment: { TRUST_PROXY: '127.0.0.0/8', ...environment } });
  const from = (gateway: Gateway, address: string, path = '/api/x') =>
    call(gateway, path, { headers: { 'X-Forwarded-For': address } });

  it('cannot walk around a limit through the networks of its /48', async () => {
    const gateway = await behindProxy({ LIMIT_API: '2/1h', LIMIT_SITE_FACTOR: '3' });
    const statuses = [];
    for (let n = 0; n < 8; n += 1) {
      statuses.push((await from(gateway, `2001:db8:1:${n}::1`)).status);
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404, 429, 429]);
    const last = await from(gateway, '2001:db8:1:99::1');
    expect(last.headers.get('ratelimit')).toMatch(/"api";r=0;t=3[56]\d\d/);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(3500);
    expect((await from(gateway, '2001:db8:2:1::1')).status).toBe(404);
  });

  it('says how much is left truthfully where its /48 has less than itself', async () => {
    const gateway = await behindProxy({ LIMIT_API: '5/1h', LIMIT_SITE_FACTOR: '1' });
    for (let n = 0; n < 3; n += 1) await from(gateway, `2001:db8:1:${n}::1`);
    const { headers } = await from(gateway, '2001:db8:1:77::1');
    expect(headers.get('ratelimit')).toContain('"api";r=1;');
  });

  it('counts by its IPv4 address where it stands for one', async () => {
    const gateway = await behindProxy({ LIMIT_API: '3/1h' });
    expect((await from(gateway, '::ffff:808:404')).status).toBe(404);
    expect((await from(gateway, '64:ff9b::808:404')).status).toBe(404);
    expect((await from(gateway, '8.8.4.4:1234')).status).toBe(404);
    expect((await from(gateway, '::FFFF:8.8.4.4')).status).toBe(429);
    expect((await from(gateway, '::ffff:808:808')).status).toBe(404);
  });

  it('guesses no faster at one name from many networks', async () => {
    const gateway = await behindProxy({ LIMIT_LOGIN: '2/15m', LIMIT_SITE_FACTOR: '2' });
    const login = async (n: number) =>
      (
        await call(gateway, '/api/auth/login', {
          body: { username: 'nobody-there', password: 'x' },
          headers: { 'X-Forwarded-For': `2001:db8:1:${n}::1` },
        })
      ).status;
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push(await login(n));
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
  });
});

describe('what a trusted proxy passes on', () => {
  it('reaches the audit trail as an address, or not at all', async () => {
    const gateway = await startGateway({ environment: { TRUST_PROXY: '127.0.0.0/8' } });
    const { query } = await import('../e2e/gateway.ts');
    const login = (address: string) =>
      call(gateway, '/api/auth/login', {
        body: { username: 'nobody-there', password: 'x' },
        headers: { 'X-Forwarded-For': address },
      });
    for (const address of [
      "evil'; drop table accounts --",
      '<script>alert(1)</script>',
      'x'.repeat(5_000),
      '192.0.2.9, not an address',
      '[2001:DB8::1]:443',
      '::ffff:808:404',
    ]) {
      await login(address);
    }
    const rows = await query(gateway, 'select ip from audit_records order by id');
    expect(rows.map(({ ip }) => ip)).toEqual([
      '127.0.0.1',
      '127.0.0.1',
      '127.0.0.1',
      '127.0.0.1',
      '2001:db8::1',
      '8.8.4.4',
    ]);
  });
});

describe('a limit', () => {
  it('does not count what it has refused, so that a client that keeps trying is admitted again', async () => {
    const gateway = await startGateway({ environment: { LIMIT_CHAT: '2/1s' } });
    const user = await aUser(gateway);
    await say(gateway, user, 'everything', 'hi');
    const statuses: number[] = [];
    await expect
      .poll(
        async () => {
          statuses.push((await say(gateway, user, 'everything', 'hi')).status);
          return statuses.filter((status) => status === 200).length;
        },
        { timeout: 20_000, interval: 10 },
      )
      .toBe(6);
  });
});
