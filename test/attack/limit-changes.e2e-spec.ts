import { aUser, call, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aRoleHolder } from './auth/role-holder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Promised is a second; a look at a limit is a call of its own. */
const soon = { timeout: 20_000, interval: 100 };

let gateways: Gateway[];
let gateway: Gateway;
let admin: User;
beforeAll(async () => {
  const environment = {
    ...(await freshStorage()),
    LIMIT_EXPORT: '20/1h',
    LIMIT_GLOBAL: '5000/15m',
    FOUR_EYES: 'raise-limit',
  };
  gateways = await Promise.all([startGateway({ environment }), startGateway({ environment })]);
  gateway = gateways[0]!;
  admin = await aRoleHolder(gateway, 'admin');
});

const ask = (method: string, path: string, body?: object, by = admin) =>
  call(gateway, `/api/admin/limits${path}`, { method, token: by.token, ...(body && { body }) });
const change = (limit: string, hits: unknown, more: object = {}) =>
  ask('PUT', `/${limit}`, { hits, reason: 'stuffing', ...more });
const limitOf = async (at: Gateway, name: string) => {
  const { data } = await call<{ name: string; hits: number }[]>(at, '/api/admin/limits', {
    token: admin.token,
  });
  return data.find((limit) => limit.name === name)!;
};
/** What each instance tells of the limit of exports, to an account that has not called yet. */
const told = () =>
  Promise.all(
    gateways.map(async (one) => {
      const { token } = await aUser(gateway);
      const { headers } = await call(one, '/api/me/export', { token });
      return /"export";q=(\d+)/.exec(headers.get('ratelimit-policy') ?? '')?.[1];
    }),
  );

describe('a limit of calls', () => {
  it('is changed and reset on all instances, and each change is recorded', async () => {
    expect(await told()).toEqual(['20', '20']);
    const changed = await change('export', 3, { seconds: 3_600 });
    expect([changed.status, changed.data]).toEqual([
      200,
      expect.objectContaining({ name: 'export', hits: 3, configuredHits: 20, reason: 'stuffing' }),
    ]);
    await expect.poll(told, soon).toEqual(['3', '3']);
    const { token } = await aUser(gateway);
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      statuses.push((await call(gateways[1]!, '/api/me/export', { token })).status);
    }
    expect(statuses.map((status) => status === 429)).toEqual([false, false, false, true]);
    expect((await ask('DELETE', '/export')).status).toBe(200);
    await expect.poll(told, soon).toEqual(['20', '20']);
    expect((await ask('DELETE', '/export')).body.error?.code).toBe('limit_not_changed');
    const records = await query(
      gateway,
      `select action, outcome from audit_records where object_id = 'export' order by id`,
    );
    expect(
      records.map(({ action, outcome }) => `${action as string} ${outcome as string}`),
    ).toEqual([
      'limit.changed succeeded',
      'limit.reset succeeded',
      'limit.reset limit_not_changed',
    ]);
  });

  it('is as configured when the time of its change is over', async () => {
    expect((await change('export', 5, { seconds: 2 })).status).toBe(200);
    await expect.poll(told, soon).toEqual(['20', '20']);
    expect(await limitOf(gateway, 'export')).toMatchObject({ hits: 20, changedAt: null });
  });

  it('is neither switched off nor set so low that all are locked out', async () => {
    for (const [limit, hits] of [
      ['export', 201],
      ['export', 1],
      ['api', 1],
      ['login', 51],
    ] as const) {
      expect((await change(limit, hits)).body.error?.code).toBe('limit_out_of_bounds');
    }
    for (const hits of [0, -1, 1.5, '3', 1e12]) {
      expect((await change('export', hits)).status).toBe(400);
    }
    expect((await change('nothing', 3)).status).toBe(400);
  });

  it('is raised by two administrators only, where the configuration says so', async () => {
    const other = await aRoleHolder(gateway, 'admin');
    const refused = await change('export', 40, { seconds: 600 });
    expect(refused.body.error?.code).toBe('confirmation_required');
    const { confirmationId } = refused.body.error as unknown as { confirmationId: string };
    const path = `/api/admin/confirmations/${confirmationId}`;
    const confirmed = await call(gateway, path, { method: 'PUT', token: other.token });
    expect(confirmed.status).toBe(200);
    // Neither more, nor for longer than was confirmed.
    for (const [hits, more] of [
      [41, { seconds: 600 }],
      [40, { seconds: 601 }],
      [40, {}],
    ] as const) {
      expect((await change('export', hits, more)).body.error?.code).toBe('confirmation_required');
    }
    expect((await change('export', 40, { seconds: 600 })).status).toBe(200);
    expect(await limitOf(gateways[1]!, 'export')).toMatchObject({ hits: 40 });
  });

  it('is changed by commands, and not by users', async () => {
    const words = ['limits', 'set', 'export', '4', '--reason', 'stuffing', '--for', '2h', '--json'];
    const { code, stdout } = await runCommand(gateway, ...words);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ hits: 4 })]);
    await expect.poll(told, soon).toEqual(['4', '4']);
    expect((await runCommand(gateway, 'limits', 'list')).stdout).toMatch(
      /^export +4 +3600s +20 is configured/m,
    );
    expect((await runCommand(gateway, 'limits', 'reset', 'export')).code).toBe(0);
    const user = await aUser(gateway);
    expect((await ask('PUT', '/export', { hits: 3, reason: 'x' }, user)).status).toBe(403);
  });
});
