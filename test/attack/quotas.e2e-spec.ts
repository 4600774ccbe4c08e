import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, aUser, call, type Chat, say, type User } from '../e2e/client.ts';
import { freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';

/** An account that fills the disk, alone and with many calls at once. */

interface Usage {
  quotas: Record<string, { used: number; limit: number }>;
}

const CHATS_AT_ONCE = 30;

let environment: Record<string, string>;
let gateway: Gateway;
/** Another instance where several may share a database, else the same one. */
let other: Gateway;
beforeAll(async () => {
  environment = {
    ...(await freshStorage()),
    QUOTA_CONVERSATIONS: '4',
    QUOTA_MESSAGES: '60',
    QUOTA_HISTORY_MB: '1',
    QUOTA_FILES_MB: '1',
  };
  gateway = await startGateway({ environment });
  other = environment.DATABASE_URL ? await startGateway({ environment }) : gateway;
});

const usageOf = async ({ token }: User) =>
  (await call<Usage>(gateway, '/api/me/usage', { token })).data.quotas;

/** What is really there, to compare the counters with. */
async function keptBy({ userId }: User) {
  const [row] = await query(
    gateway,
    `select count(*) as messages, count(distinct conversation_id) as conversations,
            coalesce(sum(octet_length(content)), 0) as bytes,
            sum(case when role = 'user' then 1 else 0 end) as sent
     from messages where conversation_id in
       (select id from conversations where account_id = '${userId}' and deleted_at is null)`,
  );
  return {
    messages: Number(row!.messages),
    conversations: Number(row!.conversations),
    historyBytes: Number(row!.bytes),
    sent: Number(row!.sent),
  };
}

function refusals(answers: readonly Answer<Chat>[]) {
  const refused = answers.filter(({ status }) => status !== 200);
  return refused.map(({ status, body }) => ({
    status,
    code: body.error?.code,
    quota: (body.error as { quota?: { name: string } } | undefined)?.quota,
  }));
}

async function expectRightCounters(user: User): Promise<void> {
  const kept = await keptBy(user);
  const usage = await usageOf(user);
  expect({
    messages: usage.messages!.used,
    conversations: usage.conversations!.used,
    historyBytes: usage.historyBytes!.used,
  }).toEqual({
    messages: kept.messages,
    conversations: kept.conversations,
    historyBytes: kept.historyBytes,
  });
}

describe('one account', () => {
  it('begins no more conversations than it may, however many at once', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: CHATS_AT_ONCE }, (_, i) =>
        say(i % 2 ? gateway : other, user, 'everything', `message ${i}`),
      ),
    );
    expect((await keptBy(user)).conversations).toBe(4);
    expect(refusals(answers)).toEqual(
      Array.from({ length: CHATS_AT_ONCE - 4 }, () => ({
        status: 409,
        code: 'quota_exceeded',
        quota: { name: 'conversations', used: 4, limit: 4 },
      })),
    );
    await expectRightCounters(user);
    const { conversationId } = answers.find(({ status }) => status === 200)!.data;
    expect((await say(gateway, user, 'everything', 'goes on', conversationId)).status).toBe(200);
  });

  it('keeps no more messages than it may, but for answers on their way', async () => {
    const user = await aUser(gateway);
    const { conversationId } = (await say(gateway, user, 'everything', 'first')).data;
    const answers: Answer<Chat>[] = [];
    for (let round = 0; round < 3; round += 1) {
      const some = Array.from({ length: CHATS_AT_ONCE }, (_, i) =>
        say(i % 2 ? gateway : other, user, 'everything', `message ${i}`, conversationId),
      );
      answers.push(...(await Promise.all(some)));
    }
    const kept = await keptBy(user);
    expect(kept.sent).toBeLessThanOrEqual(60);
    expect(kept.messages).toBeGreaterThanOrEqual(60);
    expect(kept.messages).toBeLessThan(60 + CHATS_AT_ONCE);
    expect(refusals(answers)).toHaveLength(answers.length + 1 - kept.sent);
    for (const { quota } of refusals(answers)) expect(quota?.name).toBe('messages');
    await expectRightCounters(user);
  });

  it('keeps no more text than it may, and has room again for what it deletes', async () => {
    const user = await aUser(gateway);
    const long = '\u{1d11e}'.repeat(5_000);
    const { conversationId } = (await say(gateway, user, 'everything', 'first')).data;
    const answers: Answer<Chat>[] = [];
    while (refusals(answers).length === 0 && answers.length < 60) {
      const some = Array.from({ length: 5 }, () =>
        say(gateway, user, 'everything', long, conversationId),
      );
      answers.push(...(await Promise.all(some)));
    }
    const { historyBytes } = await keptBy(user);
    expect(historyBytes).toBeLessThan(1_000_000 + 5 * (long.length * 2 + 100));
    expect(refusals(answers)[0]?.quota?.name).toBe('historyBytes');
    await expectRightCounters(user);

    const path = `/api/chat/conversations/${conversationId}`;
    expect((await call(gateway, path, { method: 'DELETE', token: user.token })).status).toBe(200);
    const usage = await usageOf(user);
    expect([usage.conversations!.used, usage.messages!.used, usage.historyBytes!.used]).toEqual([
      0, 0, 0,
    ]);
    expect((await say(gateway, user, 'everything', long)).status).toBe(200);
    await expectRightCounters(user);
  });

  it('counts right when a conversation is deleted while messages come', async () => {
    const user = await aUser(gateway);
    for (let round = 0; round < 3; round += 1) {
      const { conversationId } = (await say(gateway, user, 'everything', 'first')).data;
      await Promise.all([
        ...Array.from({ length: 4 }, (_, i) =>
          say(i % 2 ? gateway : other, user, 'everything', 'more', conversationId),
        ),
        call(gateway, `/api/chat/conversations/${conversationId}`, {
          method: 'DELETE',
          token: user.token,
        }),
      ]);
    }
    await expectRightCounters(user);
  });

  it('has no more in the files of its tools than it may, and can still read and delete', async () => {
    const user = await aUser(gateway);
    const entity = (name: string) =>
      `/create_entities {"entities":[{"name":"${name}","entityType":"person","observations":[]}]}`;
    const first = await say(gateway, user, 'memory', entity('Grace'));
    expect(first.data.response).toContain('Grace');
    const tell = (message: string) =>
      say(gateway, user, 'memory', message, first.data.conversationId);
    const folder = join(environment.DATA_DIR!, 'users', user.userId);
    mkdirSync(join(folder, 'more'), { recursive: true });
    // Nothing is in them, and yet they take room.
    for (let i = 0; i < 250; i += 1) writeFileSync(join(folder, 'more', `${i}`), '');

    const answers = [await tell(entity('Ada'))];
    expect(refusals(answers)).toEqual([
      {
        status: 409,
        code: 'quota_exceeded',
        quota: expect.objectContaining({ name: 'fileBytes', limit: 1_000_000 }) as unknown,
      },
    ]);
    expect((await usageOf(user)).fileBytes!.used).toBeGreaterThan(1_000_000);
    expect((await tell('/read_graph')).data.response).toMatch(/Grace/);
    const deletion = await tell('/delete_entities ["Grace"]');
    expect([deletion.status, deletion.data.isError]).toEqual([200, undefined]);
    expect((await tell('/read_graph')).data.response).not.toMatch(/Ada|Grace/);
    rmSync(join(folder, 'more'), { recursive: true });
    expect((await tell(entity('Ada'))).status).toBe(200);
  });

  it('of another is not touched by it', async () => {
    const { token } = await aUser(gateway);
    const { data } = await call<Usage>(gateway, '/api/me/usage', { token });
    expect(data).toMatchObject({
      quotas: {
        conversations: { used: 0, limit: 4 },
        messages: { used: 0, limit: 60 },
        historyBytes: { used: 0, limit: 1_000_000 },
        fileBytes: { used: 0, limit: 1_000_000 },
        cardBytes: { used: 0, limit: 50_000_000 },
      },
    });
  });
});

describe('conversations of an age', () => {
  it('are deleted in steps, and counted out; younger ones stay', async () => {
    const storage = await freshStorage();
    const before = await startGateway({ environment: storage });
    const user = await aUser(before);
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      ids.push((await say(before, user, 'notes', '/list_notes')).data.conversationId);
    }
    const past = Date.now() - 2 * 86_400_000;
    const moment = storage.DATABASE_URL ? `'${new Date(past).toISOString()}'` : past;
    await query(before, `update conversations set updated_at = ${moment} where id <> '${ids[2]}'`);
    await before.stop();

    const after = await startGateway({
      environment: { ...before.environment, HISTORY_KEPT: '1d' },
    });
    const listed = async () => {
      const { data } = await call<{ conversations: { conversationId: string }[] }>(
        after,
        '/api/chat/conversations',
        { token: user.token },
      );
      return data.conversations.map(({ conversationId }) => conversationId);
    };
    await expect.poll(listed).toEqual([ids[2]]);
    const { data } = await call<Usage>(after, '/api/me/usage', { token: user.token });
    expect([data.quotas.conversations!.used, data.quotas.messages!.used]).toEqual([1, 2]);
  });
});
