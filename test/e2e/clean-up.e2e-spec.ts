import { aUser, call } from './client.ts';
import { freshStorage, type Gateway, query, startGateway } from './gateway.ts';

/** More than one statement deletes. */
const MANY = 2_500;

/** Makes each of these statements fail, as a time-out or a database without room would. */
async function refuse(gateway: Gateway, what: 'update' | 'delete', table: string): Promise<void> {
  if (!gateway.environment.DATABASE_URL) {
    await query(
      gateway,
      `create trigger refused before ${what} on ${table} begin select raise(abort, 'refused'); end`,
    );
    return;
  }
  await query(
    gateway,
    `create function refused() returns trigger language plpgsql as
     $$ begin raise exception 'refused'; end $$`,
  );
  await query(
    gateway,
    `create trigger refused before ${what} on ${table} for each row execute function refused()`,
  );
}

const momentOf = ({ environment }: Gateway, time: number) =>
  environment.DATABASE_URL ? `'${new Date(time).toISOString()}'` : String(time);

describe('what has expired', () => {
  it('is deleted after a start, however much it is, and though one kind cannot be', async () => {
    const environment = await freshStorage();
    const before = await startGateway({ asProcess: true, environment });
    const user = await aUser(before);
    const [session] = await query(
      before,
      `select id from sessions where account_id = '${user.userId}'`,
    );
    const past = momentOf(before, Date.now() - 3_600_000);
    await query(
      before,
      `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MANY})
       insert into refresh_tokens (token_hash, session_id, created_at, expires_at)
       select 'old ' || n, '${String(session!.id)}', ${past}, ${past} from numbers`,
    );
    await query(before, `insert into guess_counters values ('old', 1, 0, 0)`);
    await refuse(before, 'delete', 'guess_counters');
    await query(
      before,
      `insert into auth_challenges (challenge_hash, purpose, expires_at) values ('old', 'login', ${past})`,
    );
    await before.stop();

    const after = await startGateway({ asProcess: true, environment });
    const count = async (rows: string) =>
      Number((await query(after, `select count(*) as count from ${rows}`))[0]!.count);
    await expect
      .poll(() => count(`refresh_tokens where token_hash like 'old %'`), { timeout: 20_000 })
      .toBe(0);
    await expect.poll(() => count('auth_challenges'), { timeout: 20_000 }).toBe(0);
    expect(await count('guess_counters')).toBe(1);
    await expect.poll(() => after.log()).toContain('auth.sessions.undeleted');
    const renewal = await call(after, '/api/auth/refresh', {
      body: { refreshToken: user.refreshToken },
    });
    expect(renewal.status).toBe(200);
  });
});

describe('a database that takes no writes', () => {
  it('serves reads: that the session was seen is not noted', async () => {
    const gateway = await startGateway({ asProcess: true });
    const user = await aUser(gateway);
    const past = momentOf(gateway, Date.now() - 3_600_000);
    await query(
      gateway,
      `update sessions set last_seen_at = ${past} where account_id = '${user.userId}'`,
    );
    await refuse(gateway, 'update', 'sessions');
    const { status } = await call(gateway, '/api/auth/me', { token: user.token });
    expect(status).toBe(200);
    await expect.poll(() => gateway.log()).toContain('auth.session.unnoted');
  });

  it('tells somebody whose session was deleted a moment ago to sign in again', async () => {
    const gateway = await startGateway({ asProcess: true });
    const user = await aUser(gateway);
    expect((await call(gateway, '/api/auth/me', { token: user.token })).status).toBe(200);
    await query(gateway, `delete from sessions where account_id = '${user.userId}'`);
    // A call that asks for a recent proof, while the session still counts as live.
    const { status, body } = await call(gateway, '/api/auth/email', {
      method: 'DELETE',
      token: user.token,
    });
    expect([status, body.error?.code]).toEqual([401, 'session_ended']);
  });
});
