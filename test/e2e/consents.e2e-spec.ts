import { aUser, call, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';

interface Consent {
  readonly consentId: string;
  readonly purpose: string;
  readonly version: string;
  readonly givenAt: string;
  readonly withdrawnAt: string | null;
}

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway();
});
beforeEach(async () => {
  user = await aUser(gateway);
});

const give = (purpose: unknown, version: unknown, { token }: Pick<User, 'token'> = user) =>
  call<Consent>(gateway, '/api/me/consents', { token, body: { purpose, version } });
const withdraw = (purpose: string, { token }: Pick<User, 'token'> = user) =>
  call(gateway, `/api/me/consents/${purpose}`, { method: 'DELETE', token });
const list = async ({ token }: Pick<User, 'token'> = user) =>
  (await call<Consent[]>(gateway, '/api/me/consents', { token })).data;

describe('a consent', () => {
  it('says what was agreed to, in which version, and since when', async () => {
    const before = Date.now();
    const { status, data } = await give('analytics', '2026-11');
    expect(status).toBe(200);
    expect(data).toEqual({
      consentId: expect.any(String) as string,
      purpose: 'analytics',
      version: '2026-11',
      givenAt: expect.any(String) as string,
      withdrawnAt: null,
    });
    expect(Math.abs(Date.parse(data.givenAt) - before)).toBeLessThan(60_000);
    expect(await list()).toEqual([data]);
  });

  it('is the same one when it is given again', async () => {
    const first = (await give('analytics', '1')).data;
    expect((await give('analytics', '1')).data).toEqual(first);
    expect(await list()).toHaveLength(1);
  });

  it('is one, however many calls give it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => give('analytics', '1')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ data }) => data.consentId)).size).toBe(1);
    expect(await list()).toHaveLength(1);
  });

  it('is one in the end, whichever versions are agreed to at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => give('terms', `${n}`)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const history = await list();
    expect(history).toHaveLength(8);
    expect(history.filter(({ withdrawnAt }) => withdrawnAt === null)).toHaveLength(1);
  });

  it('ends when another version is agreed to, and stays in the history', async () => {
    const first = (await give('terms', '1')).data;
    const second = (await give('terms', '2')).data;
    const [latest, earlier] = await list();
    expect(latest).toEqual(second);
    expect(earlier).toMatchObject({ consentId: first.consentId, withdrawnAt: second.givenAt });
  });

  it('ends when it is withdrawn, and can be given again', async () => {
    await give('analytics', '1');
    expect((await withdraw('analytics')).status).toBe(200);
    const again = (await give('analytics', '1')).data;
    const history = await list();
    expect(history.map(({ withdrawnAt }) => withdrawnAt === null)).toEqual([true, false]);
    expect(history[0]).toEqual(again);
  });

  it('cannot be withdrawn if there is none', async () => {
    expect((await withdraw('analytics')).body.error?.code).toBe('consent_not_found');
    await give('analytics', '1');
    await withdraw('analytics');
    expect((await withdraw('analytics')).status).toBe(404);
  });

  it('cannot be seen or withdrawn by another user', async () => {
    const other = await aUser(gateway);
    await give('analytics', '1', other);
    expect(await list()).toEqual([]);
    expect((await withdraw('analytics')).status).toBe(404);
    expect((await list(other))[0]).toMatchObject({ withdrawnAt: null });
  });

  it.each([
    ['no purpose', undefined, '1'],
    ['a purpose with other characters', 'Analytics!', '1'],
    ['a purpose that is too long', 'a'.repeat(64), '1'],
    ['no version', 'analytics', undefined],
    ['a version that is too long', 'analytics', '1'.repeat(41)],
    ['a version that is no text', 'analytics', 1],
    ['a version with markup', 'analytics', '<b>1</b>'],
  ])('is refused with %s', async (_, purpose, version) => {
    expect((await give(purpose, version)).body.error?.code).toBe('invalid_input');
    expect(await list()).toEqual([]);
  });

  it('needs a session', async () => {
    expect((await give('analytics', '1', { token: '' })).status).toBe(401);
    expect((await withdraw('analytics', { token: '' })).status).toBe(401);
  });

  it('cannot fill the disk', async () => {
    const instant = gateway.environment.DATABASE_URL ? 'now()' : '0';
    const rows = Array.from({ length: 1000 }, (_, n) => {
      const id = `01a20de4-0000-7000-8000-${n.toString(16).padStart(4, '0')}${user.userId.slice(-8)}`;
      return `('${id}', '${user.userId}', 'p', '1', ${instant}, ${instant})`;
    });
    await query(
      gateway,
      `insert into consents (id, account_id, purpose, version, given_at, withdrawn_at)
       values ${rows.join(',')}`,
    );
    expect((await give('analytics', '1')).body.error?.code).toBe('consents_full');
  });

  it('leaves its giving and its withdrawal in the audit trail', async () => {
    await give('analytics', '1');
    await withdraw('analytics');
    const records = await query(
      gateway,
      `select action, object_type, object_id, outcome from audit_records
       where actor_id = '${user.userId}' and action like 'consent.%' order by id`,
    );
    expect(records).toEqual(
      ['consent.given', 'consent.withdrawn'].map((action) => ({
        action,
        object_type: 'consent',
        object_id: 'analytics',
        outcome: 'succeeded',
      })),
    );
  });
});
