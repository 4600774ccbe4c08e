import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aUser, call, say, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile, streamOf } from '../e2e/streams.ts';
import { aTotpUser } from './auth/second-factor-user.ts';

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

interface ProfileState {
  readonly profileId: string;
  readonly version: number | null;
  readonly isServed: boolean;
  readonly isOff: boolean;
  readonly versions: readonly { version: number; operatorId: string | null; sha256: string }[];
}

describe('versions of assistants', { timeout: 180_000 }, () => {
  let folder: string;
  let gateways: Gateway[];
  let gateway: Gateway;
  let admin: User;
  let user: User;

  beforeAll(async () => {
    folder = aProfilesDir({ ...aSlowProfile(), 'changing.json': aProfile('changing') });
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      PROFILES_DIR: folder,
      SHUTDOWN_DRAIN: '1s',
    };
    gateways = await Promise.all(
      Array.from({ length: isScaled ? 2 : 1 }, () => startGateway({ environment })),
    );
    [gateway] = gateways as [Gateway];
    admin = await aTotpUser(gateway);
    user = await aUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    // The principal is remembered for a second at most.
    await vi.waitUntil(async () => (await get()).status === 200, { timeout: 20_000 });
  });

  const soon = { timeout: 10_000 };
  const write = (id: string, changes: object, file = `${id}.json`) =>
    writeFileSync(join(folder, file), JSON.stringify(aProfile(id, { ...changes })));
  const get = () => call<ProfileState[]>(gateway, '/api/admin/profiles', { token: admin.token });
  const state = async (id = 'changing') =>
    (await get()).data.find(({ profileId }) => profileId === id)!;
  const reload = () =>
    call<{ changes: { profileId: string; version: number | null }[] }>(
      gateway,
      '/api/admin/profiles/reload',
      { method: 'POST', token: admin.token },
    );
  const rollback = (id: string, version?: number) =>
    call(gateway, `/api/admin/profiles/${id}/rollback`, {
      token: admin.token,
      body: version === undefined ? {} : { version },
    });
  /** What people see of it on each instance: its name, or the code of an error. */
  const names = (id = 'changing') =>
    Promise.all(
      gateways.map(async (to) => {
        const { status, body } = await call<{ name: string }>(to, `/api/profiles/${id}`, {
          token: user.token,
        });
        return status === 200 ? body.data!.name : body.error!.code;
      }),
    );
  const all = (name: string) => gateways.map(() => name);

  it('have a number, and are taken from changed files on every instance', async () => {
    expect(await state()).toMatchObject({ version: 1, isServed: true, isOff: false });
    write('changing', { name: 'Second' });
    // Not before it is wanted.
    expect(await names()).toEqual(all('Test'));
    expect((await reload()).data.changes).toEqual([{ profileId: 'changing', version: 2 }]);
    await expect.poll(() => names(), soon).toEqual(all('Second'));
    expect((await reload()).data.changes).toEqual([]);
    expect((await state()).versions).toMatchObject([
      { version: 2, operatorId: admin.userId },
      { version: 1, operatorId: null },
    ]);
  });

  it.each([
    ['changing.json', '{', 'Invalid profile changing.json: not JSON'],
    ['changing.json', aProfile('changing', { engine: 'none' }), 'engine must be equal to one of'],
    ['added.json', aProfile('other'), 'id "other" differs from the name of the file'],
    ['changing.pins.json', {}, "the pins must have required property 'tools'"],
  ])('change nothing where %s is bad: %j', async (file, content, reason) => {
    write('changing', { name: 'Never seen' });
    writeFileSync(
      join(folder, file),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
    const refused = await reload();
    expect([refused.status, refused.body.error?.code]).toEqual([409, 'invalid_profile']);
    expect(refused.body.error?.message).toContain(reason);
    expect(refused.body.error?.message).toContain(file);
    const command = await runCommand(gateway, 'profiles', 'reload');
    expect([command.code, command.stderr]).toEqual([1, expect.stringContaining(reason) as string]);
    process.kill(gateway.pid!, 'SIGHUP');
    await expect.poll(() => gateway.log(), soon).toContain(JSON.stringify(reason).slice(1, -1));
    expect(await names()).toEqual(all('Second'));
    if (file !== 'changing.json') rmSync(join(folder, file));
    write('changing', { name: 'Second' });
    expect((await reload()).data.changes).toEqual([]);
  });

  it('are rolled back in one call, until the file changes', async () => {
    expect((await rollback('changing')).data).toMatchObject({ version: 1 });
    await expect.poll(() => names(), soon).toEqual(all('Test'));
    // The file is as it was taken: it counts again when it is changed.
    expect((await reload()).data.changes).toEqual([]);
    const restarted = await startGateway({ environment: gateway.environment });
    const { data } = await call<{ name: string }>(restarted, '/api/profiles/changing', {
      token: user.token,
    });
    expect(data.name).toBe('Test');
    await restarted.stop();
    expect((await rollback('changing', 2)).status).toBe(200);
    await expect.poll(() => names(), soon).toEqual(all('Second'));
    write('changing', { name: 'Third' });
    expect((await reload()).data.changes).toEqual([{ profileId: 'changing', version: 3 }]);
    // One that has been before has its number.
    write('changing', { name: 'Test' });
    expect((await reload()).data.changes).toEqual([{ profileId: 'changing', version: 1 }]);
    await expect.poll(() => names(), soon).toEqual(all('Test'));
    for (const [id, version, status, code] of [
      ['changing', 99, 404, 'version_not_found'],
      ['changing', undefined, 404, 'version_not_found'],
      ['unknown', undefined, 404, 'profile_not_found'],
      ['changing', 0, 400, 'invalid_input'],
    ] as const) {
      const refused = await rollback(id, version);
      expect([refused.status, refused.body.error?.code]).toEqual([status, code]);
    }
  });

  it('cut no answer that has begun', async () => {
    const streams = await Promise.all(
      gateways.map((to) => streamOf(to, user, '/tell_story length=100 milliseconds=3000')),
    );
    const slow = aSlowProfile()['slow.json'] as object;
    writeFileSync(join(folder, 'slow.json'), JSON.stringify({ ...slow, name: 'Slower' }));
    expect((await reload()).data.changes).toEqual([{ profileId: 'slow', version: 2 }]);
    await expect.poll(() => names('slow'), soon).toEqual(all('Slower'));
    for (const stream of streams) expect((await stream.ended).types.at(-1)).toBe('finish');
  });

  it('have the pins that they came with', async () => {
    const unavailable = async () =>
      (
        await call<{ unavailable?: string[] }>(gateway, '/api/profiles/slow/capabilities', {
          token: user.token,
        })
      ).data.unavailable;
    expect(await unavailable()).toBeUndefined();
    const pin = { server: 'slow', sha256: 'a'.repeat(64) };
    writeFileSync(join(folder, 'slow.pins.json'), JSON.stringify({ tools: { tell_story: pin } }));
    expect((await reload()).data.changes).toEqual([{ profileId: 'slow', version: 3 }]);
    expect(await unavailable()).toContain('tell_story');
    await rollback('slow');
    expect(await unavailable()).toBeUndefined();
    rmSync(join(folder, 'slow.pins.json'));
    await reload();
  });

  it('come and go with their files, at SIGHUP', async () => {
    write('added', { name: 'Added' });
    process.kill(gateway.pid!, 'SIGHUP');
    await expect.poll(() => names('added'), soon).toEqual(all('Added'));
    expect((await say(gateway, user, 'added', '/help')).status).toBe(200);
    rmSync(join(folder, 'added.json'));
    process.kill(gateway.pid!, 'SIGHUP');
    await expect.poll(() => names('added'), soon).toEqual(all('profile_not_found'));
    expect(await state('added')).toMatchObject({ version: null, isServed: false });
  });

  it('are changed by commands, recorded', async () => {
    const profiles = (...words: string[]) => runCommand(gateway, 'profiles', ...words);
    write('changing', { name: 'By command' });
    expect((await profiles('reload')).stdout).toMatch(/^changing: version 4$/m);
    await expect.poll(() => names(), soon).toEqual(all('By command'));
    expect((await profiles('list')).stdout).toMatch(/^changing +4 +in force /m);
    expect((await profiles('rollback', 'changing', '1')).code).toBe(0);
    await expect.poll(() => names(), soon).toEqual(all('Test'));
    expect((await profiles('rollback', 'changing', '99')).code).toBe(1);
    expect((await profiles('rollback', 'changing', 'x')).code).toBe(2);
    expect((await profiles('disable', 'changing', '--reason', 'a test')).code).toBe(0);
    await expect.poll(async () => (await state()).isOff, soon).toBe(true);
    expect((await profiles('disable', 'mistyped', '--reason', 'a test')).code).toBe(1);
    expect((await profiles('enable', 'changing')).code).toBe(0);
    await expect.poll(async () => (await state()).isOff, soon).toBe(false);
    const records = await query(
      gateway,
      `select action, outcome from audit_records
       where object_id = 'changing' and ip = 'cli' order by id`,
    );
    expect(records).toEqual(
      ['profiles.reloaded', 'profile.rolled_back', 'switch.off', 'switch.on'].map((action) => ({
        action,
        outcome: 'succeeded',
      })),
    );
  });

  it('are for administrators only', async () => {
    for (const [method, path] of [
      ['GET', '/api/admin/profiles'],
      ['POST', '/api/admin/profiles/reload'],
      ['POST', '/api/admin/profiles/changing/rollback'],
    ] as const) {
      const refused = await call(gateway, path, { method, token: user.token });
      expect(refused.status).toBe(403);
    }
  });
});
