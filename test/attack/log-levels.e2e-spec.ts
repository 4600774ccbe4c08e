import { aUser, call, say, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { freshStorage, type Gateway, linesOf, query, startGateway } from '../e2e/gateway.ts';
import { aRoleHolder } from './auth/role-holder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Promised is a second; on a busy machine a line may take longer. Without a noted change it would be ten seconds. */
const soon = { timeout: 8_000, interval: 50 };

let gateways: Gateway[];
let admin: User;
beforeAll(async () => {
  const environment = await freshStorage();
  gateways = await Promise.all([startGateway({ environment }), startGateway({ environment })]);
  admin = await aRoleHolder(gateways[0]!, 'admin');
});

const ask = (method: string, path: string, body?: object, by = admin) =>
  call(gateways[0]!, `/api/admin/log-levels${path}`, {
    method,
    token: by.token,
    ...(body && { body }),
  });
const set = (module: string, level: unknown, more: object = {}) =>
  ask('PUT', `/${module}`, { level, reason: 'looking for it', ...more });

interface Line {
  readonly level: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}
const debugLines = (gateway: Gateway) =>
  gateway
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{"level":"debug"'))
    .map((line) => JSON.parse(line) as Line);

/** Whether a probe leaves a line, which it does at the level debug; known when a later line is there. */
async function tellsOfProbes(gateway: Gateway): Promise<boolean> {
  const probe = await call(gateway, '/health');
  const later = await call(gateway, '/api/profiles');
  await linesOf(gateway, later.headers);
  return gateway.log().includes(probe.headers.get('x-request-id')!);
}
const told = () => Promise.all(gateways.map(tellsOfProbes));

describe('the level of a module', () => {
  it('is changed and reset on all instances, for that module alone, and each change is recorded', async () => {
    expect(await told()).toEqual([false, false]);
    const changed = await set('Requests', 'debug');
    expect([changed.status, changed.data]).toEqual([
      200,
      expect.objectContaining({ module: 'Requests', level: 'debug', configuredLevel: 'info' }),
    ]);
    const { changedAt, expiresAt } = changed.data as Record<string, string>;
    expect(Date.parse(expiresAt!) - Date.parse(changedAt!)).toBe(3_600_000);
    await expect.poll(told, soon).toEqual([true, true]);
    const events = gateways.flatMap(debugLines).map(({ metadata }) => metadata.event);
    expect(new Set(events)).toEqual(new Set(['http.request']));
    expect((await ask('DELETE', '/Requests')).status).toBe(200);
    await expect.poll(told, soon).toEqual([false, false]);
    expect((await ask('DELETE', '/Requests')).body.error?.code).toBe('log_level_not_changed');
    const records = await query(
      gateways[0]!,
      `select action, outcome, actor_id from audit_records where object_id = 'Requests' order by id`,
    );
    expect(records.map(({ action, outcome }) => `${String(action)} ${String(outcome)}`)).toEqual([
      'log_level.changed succeeded',
      'log_level.reset succeeded',
      'log_level.reset log_level_not_changed',
    ]);
    expect(new Set(records.map(({ actor_id }) => actor_id))).toEqual(new Set([admin.userId]));
  });

  it('is kept over a restart until its time is over, and no longer', async () => {
    await set('Requests', 'debug', { seconds: 600 });
    await gateways[1]!.stop();
    gateways[1] = await startGateway({ environment: { ...gateways[1]!.environment } });
    await expect.poll(told, soon).toEqual([true, true]);
    await set('Requests', 'debug', { seconds: 1 });
    await expect.poll(told, soon).toEqual([false, false]);
    const { data } = await call<{ module: string }[]>(gateways[1]!, '/api/admin/log-levels', {
      token: admin.token,
    });
    expect(data.find(({ module }) => module === 'Requests')).toMatchObject({
      level: 'info',
      changedAt: null,
    });
  });

  it('is neither silent, nor without an end, nor of a module that is not there', async () => {
    for (const [module, level, more] of [
      ['Requests', 'silent', {}],
      ['Requests', 'fatal', {}],
      ['Requests', 'debug', { seconds: 0 }],
      ['Requests', 'debug', { seconds: 604_801 }],
      ['requests', 'debug', {}],
      ['__proto__', 'debug', {}],
    ] as const) {
      expect((await set(module, level, more)).status).toBe(400);
    }
    const refused = await set('Nothing', 'debug');
    expect(JSON.stringify(refused.body.error)).toContain('McpConnections');
    const user = await aUser(gateways[0]!);
    const body = { level: 'debug', reason: 'x' };
    expect((await ask('PUT', '/Runs', body, user)).status).toBe(403);
  });

  it('is changed by commands', async () => {
    const words = ['log-levels', 'set', 'Requests', 'debug', '--reason', 'looking', '--for', '2h'];
    const { code, stdout } = await runCommand(gateways[0]!, ...words, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ level: 'debug' })]);
    await expect.poll(told, soon).toEqual([true, true]);
    expect((await runCommand(gateways[0]!, 'log-levels', 'list')).stdout).toMatch(
      /^Requests +debug +info is configured +\S+ +looking$/m,
    );
    for (const wrong of [
      ['Requests', 'debug', '--reason', 'looking', '--for', '8d'],
      ['Nothing', 'debug', '--reason', 'looking'],
    ]) {
      expect((await runCommand(gateways[0]!, 'log-levels', 'set', ...wrong)).code).toBe(2);
    }
    expect((await runCommand(gateways[0]!, 'log-levels', 'reset', 'Requests')).code).toBe(0);
  });

  it('lets no secret and no word of a person into the log, at the most that can be set', async () => {
    const [gateway] = gateways as [Gateway];
    const { data: modules } = await call<{ module: string }[]>(gateway, '/api/admin/log-levels', {
      token: admin.token,
    });
    for (const { module } of modules) expect((await set(module, 'trace')).status).toBe(200);
    await expect.poll(() => tellsOfProbes(gateway), soon).toBe(true);
    const user = await aUser(gateway);
    const words = 'the-words-of-a-person';
    await say(gateway, user, 'notes', `/create_note {"title":"${words}","content":"${words}"}`);
    await say(gateway, user, 'notes', words);
    await call(gateway, '/api/auth/refresh', { body: { refreshToken: user.refreshToken } });
    await call(gateway, '/api/auth/login', {
      body: { username: user.username, password: 'a-wrong-password-1' },
    });
    await tellsOfProbes(gateway);
    for (const secret of [
      words,
      user.token,
      user.refreshToken,
      user.username,
      user.password,
      'a-wrong-password-1',
    ]) {
      expect(gateway.log()).not.toContain(secret);
    }
    expect(debugLines(gateway).length).toBeGreaterThan(1);
  });
});
