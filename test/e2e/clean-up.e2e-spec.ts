import { randomUUID } from 'node:crypto';
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
    const before = await startGateway({ environment });
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
    const late = await aUser(before);
    await query(
      before,
      `update session_generations set generation = 2, begun_at = ${past}, is_noted = false
       where kind = 'account'`,
    );
    await query(before, `update sessions set generation = 2 where account_id = '${user.userId}'`);
    await before.stop();

    const after = await startGateway({ environment });
    const count = async (rows: string) =>
      Number((await query(after, `select count(*) as count from ${rows}`))[0]!.count);
    await expect
      .poll(() => count(`refresh_tokens where token_hash like 'old %'`), { timeout: 20_000 })
      .toBe(0);
    await expect.poll(() => count('auth_challenges'), { timeout: 20_000 }).toBe(0);
    expect(await count('guess_counters')).toBe(1);
    // Ended with all others, it says so afterwards.
    const ended = `sessions where revoked_because = 'ended_by_admin' and revoked_at is not null`;
    const ofLate = `${ended} and account_id = '${late.userId}'`;
    await expect.poll(() => count(ofLate), { timeout: 20_000 }).toBe(1);
    expect(await count(ended)).toBe(1);
    await expect.poll(() => count('session_generations where is_noted = false')).toBe(0);
    await expect.poll(() => after.log()).toContain('auth.sessions.undeleted');
    const renewal = await call(after, '/api/auth/refresh', {
      body: { refreshToken: user.refreshToken },
    });
    expect(renewal.status).toBe(200);
  });
});

describe('a conversation that is too long for one deletion', () => {
  it('is gone with the answer, and its messages a little later, though a process ends in between', async () => {
    const environment = await freshStorage();
    const before = await startGateway({ environment });
    const user = await aUser(before);
    const { data } = await call<{ conversationId: string }>(before, '/api/chat', {
      token: user.token,
      // While it is being deleted, its id begins no other one: both would have the same key.
      body: { profile_id: 'notes', message: '/list_notes', conversation_id: 'a-long-one' },
    });
    const { conversationId } = data;
    const added = MANY - 2;
    const id = environment.DATABASE_URL
      ? 'gen_random_uuid()'
      : `printf('${randomUUID().slice(0, 24)}%012x', n)`;
    await query(
      before,
      `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${added})
       insert into messages (id, conversation_id, run_id, role, content, created_at)
       select ${id}, conversation_id, id, 'user', 'more', created_at from numbers, runs`,
    );
    await query(before, `update conversations set message_count = ${MANY}`);
    await query(before, `update chat_usage set messages = ${MANY}`);
    await refuse(before, 'delete', 'messages');
    const path = `/api/chat/conversations/${conversationId}`;
    const { token } = user;
    expect((await call(before, path, { method: 'DELETE', token })).status).toBe(200);

    const history = await call(before, `/api/chat/history/${conversationId}`, { token });
    const list = await call<object>(before, '/api/chat/conversations', { token });
    const again = await call(before, path, { method: 'DELETE', token });
    const more = await call(before, '/api/chat', {
      token,
      body: { profile_id: 'notes', message: '/list_notes', conversation_id: conversationId },
    });
    expect([history.status, again.status, more.status]).toEqual([404, 404, 404]);
    expect(list.data).toEqual({ conversations: [], nextCursor: null, previousCursor: null });
    const usage = await call<{ quotas: object }>(before, '/api/me/usage', { token });
    expect(usage.data.quotas).toMatchObject({ conversations: { used: 0 }, messages: { used: 0 } });
    const exported = await call(before, '/api/me/export', { token });
    expect((JSON.parse(exported.text) as { conversations: unknown }).conversations).toEqual([]);
    await expect.poll(() => before.log()).toContain('chat.conversations.undeleted');
    await before.stop();
    await query(before, `drop trigger refused ${environment.DATABASE_URL ? 'on messages' : ''}`);

    const after = await startGateway({ environment });
    for (const table of ['messages', 'runs', 'conversations']) {
      await expect.poll(() => query(after, `select id from ${table}`)).toEqual([]);
    }
  });
});

describe('a database that takes no writes', () => {
  it('serves reads: that the session was seen is not noted', async () => {
    const gateway = await startGateway();
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

  it('tells a user whose session was just deleted to sign in again', async () => {
    const gateway = await startGateway();
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
