import { randomUUID } from 'node:crypto';
import { call, type Tokens } from '../../e2e/client.ts';
import { type Gateway, startGateway } from '../../e2e/gateway.ts';

// The tests contend for hashing time, so they are slow.
vi.setConfig({ testTimeout: 240_000 });

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    environment: { PASSWORD_COST: '10', TRUST_PROXY: '127.0.0.0/8' },
  });
});

const post = (address: string, path: string, body: object) =>
  call<Tokens>(gateway, path, { body, headers: { 'X-Forwarded-For': address } });
const someone = () => ({ username: `turn-${randomUUID()}`, password: `pw ${randomUUID()}` });

/** Concurrent registrations from these addresses; the responses in that order. */
function flood(addresses: readonly string[]) {
  const answered: number[] = [];
  const all = Promise.all(
    addresses.map(async (address) => {
      answered.push((await post(address, '/api/auth/register', someone())).status);
    }),
  );
  const registered = () => answered.filter((status) => status === 201).length;
  return { answered, all, registered };
}

describe('a hundred registrations at once', () => {
  it.each([
    ['from one address', () => '198.51.100.7'],
    ['from the networks of one site', (n: number) => `2001:db8:7:${(n + 1).toString(16)}::1`],
  ])('%s do not prevent the sign-in of another account', async (_, addressOf) => {
    const owner = someone();
    await post('203.0.113.9', '/api/auth/register', owner);
    const { all, registered, answered } = flood(
      Array.from({ length: 100 }, (__, n) => addressOf(n)),
    );
    await expect.poll(registered, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
    const before = registered();
    expect((await post('203.0.113.9', '/api/auth/login', owner)).status).toBe(200);
    expect(registered() - before).toBeLessThan(10);
    await all;
    expect(new Set(answered)).toEqual(new Set([201, 503]));
    expect(registered()).toBeGreaterThan(10);
  });

  it('from 35 addresses do not prevent a known phone from signing in or changing its password', async () => {
    const owner = someone();
    const { data } = await post('203.0.113.9', '/api/auth/register', owner);
    const addresses = Array.from({ length: 105 }, (_, n) => `198.51.100.${n % 35}`);
    const { all, registered } = flood(addresses);
    await expect.poll(registered, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
    const before = registered();
    const device = { token: data.deviceToken };
    const known = await post('203.0.113.9', '/api/auth/login', { ...owner, device });
    expect(known.status).toBe(200);
    expect(registered() - before).toBeLessThan(10);
    await all;
  });

  it('beyond the limit get a Retry-After', async () => {
    const { all } = flood(Array.from({ length: 100 }, () => '192.0.2.77'));
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post('192.0.2.77', '/api/auth/register', someone())),
    );
    await all;
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const { body, headers } of refused) {
      expect(body.error?.code).toBe('unavailable');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});
