import { once } from 'node:events';
import { connect } from 'node:net';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';
import { aHostileProfile, aProfilesDir } from './profiles.ts';
import { outputOf } from './system-command.ts';

/** The processes that are there, each with its parent and its command. */
const processes = () =>
  outputOf('ps', ['-eo', 'pid=,ppid=,args='])
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, ...command]) => ({ pid, parent, command: command.join(' ') }));

const restart = (gateway: Gateway) => startGateway({ environment: { ...gateway.environment } });
const slow = (gateway: Gateway, user: User, seconds: number) =>
  say(gateway, user, 'everything', `/trigger-long-running-operation duration=${seconds} steps=2`);
const messagesOf = async (gateway: Gateway, user: User) => {
  const { data } = await call<{ conversations: { conversationId: string }[] }>(
    gateway,
    '/api/chat/conversations?limit=100',
    { token: user.token },
  );
  const histories = await Promise.all(
    data.conversations.map(({ conversationId }) =>
      call<{ messages: { content: string; role: string; status: string }[] }>(
        gateway,
        `/api/chat/history/${conversationId}`,
        { token: user.token },
      ),
    ),
  );
  return histories.flatMap((history) => history.data.messages);
};

describe('SIGTERM', () => {
  it('lets a message that runs come to its answer, takes no new one, and ends with 0', async () => {
    const gateway = await startGateway();
    const user = await aUser(gateway);
    const running = slow(gateway, user, 4);
    await expect
      .poll(async () => (await messagesOf(gateway, user)).map(({ status }) => status))
      .toEqual(['running']);
    const ended = gateway.stop();
    await expect
      .poll(
        async () => (await say(gateway, user, 'notes', 'too late').catch(() => undefined))?.status,
      )
      .not.toBe(200);
    const answer = await running;
    expect(answer.status).toBe(200);
    expect(answer.data.response).toMatch(/completed/i);
    expect(await ended).toBe(0);

    const again = await restart(gateway);
    const messages = await messagesOf(again, user);
    expect(messages.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(messages.map(({ content }) => content)).toContain(answer.data.response);
  });

  it('leaves no server process behind, not even one that will not end', async () => {
    const profiles = aProfilesDir({
      'ignores-sigterm.json': aHostileProfile('ignores-sigterm', 3),
      'hangs-on-call.json': aHostileProfile('hangs-on-call', 3),
    });
    const gateway = await startGateway({
      environment: { PROFILES_DIR: profiles },
    });
    const user = await aUser(gateway);
    await say(gateway, user, 'memory', '/read_graph');
    await say(gateway, user, 'ignores-sigterm', '/help');
    await slow(gateway, user, 1);
    const servers = processes().filter(({ parent }) => parent === String(gateway.pid));
    for (const server of ['server-memory', 'hostile-server.mjs', 'server-everything']) {
      expect(servers.map(({ command }) => command).join()).toContain(server);
    }
    expect(await gateway.stop()).toBe(0);
    const pids = new Set(servers.map(({ pid }) => pid));
    await expect.poll(() => processes().filter(({ pid }) => pids.has(pid))).toEqual([]);
  });

  it('does not wait for idle connections', async () => {
    const gateway = await startGateway();
    const { hostname, port } = new URL(gateway.url);
    // One that has served a request, and one on which nothing was ever said.
    await call(gateway, '/health');
    const silent = connect(Number(port), hostname);
    await once(silent, 'connect');
    await call(gateway, '/health');
    const startedAt = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(8000);
    silent.destroy();
  });
});

describe('kill -9 while messages are answered', () => {
  it('loses nothing that was acknowledged, and leaves nothing half-written', async () => {
    const gateway = await startGateway();
    const users = await Promise.all(Array.from({ length: 4 }, () => aUser(gateway)));
    const acknowledged = new Map<User, string[]>(users.map((user) => [user, []]));
    let isDead = false;
    const chatting = users.map(async (user, index) => {
      for (let n = 0; !isDead; n += 1) {
        const text = `user ${index} note ${n}`;
        const answer = await say(gateway, user, 'notes', text).catch(() => undefined);
        if (answer?.status === 200) acknowledged.get(user)!.push(text);
      }
    });
    await expect
      .poll(() => Math.min(...[...acknowledged.values()].map((texts) => texts.length)))
      .toBeGreaterThan(5);
    await gateway.kill('SIGKILL');
    isDead = true;
    await Promise.all(chatting);

    const again = await restart(gateway);
    for (const [user, texts] of acknowledged) {
      expect((await call(again, '/api/auth/me', { token: user.token })).status).toBe(200);
      const conversations = await query(
        again,
        `select messages.content, messages.role from messages join conversations
         on conversations.id = messages.conversation_id where account_id = '${user.userId}'`,
      );
      const stored = conversations.filter(({ role }) => role === 'user');
      const answers = conversations.filter(({ role }) => role === 'assistant');
      const contents = stored.map(({ content }) => content);
      expect(contents).toEqual(expect.arrayContaining(texts));
      expect(answers.length).toBeGreaterThanOrEqual(texts.length);
      const notes = await query(
        again,
        `select text from personal_notes where owner_id = '${user.userId}'`,
      );
      expect(notes.map(({ text }) => text)).toEqual(expect.arrayContaining(texts));
    }
    expect(
      await query(again, 'select id from runs where id not in (select run_id from messages)'),
    ).toEqual([]);
  });

  it('shows the interrupted run as such once its time is over', async () => {
    const gateway = await startGateway();
    const user = await aUser(gateway);
    const running = slow(gateway, user, 10).catch(() => undefined);
    await expect
      .poll(async () => (await messagesOf(gateway, user)).map(({ status }) => status))
      .toEqual(['running']);
    await gateway.kill('SIGKILL');
    await running;
    // Its deadline lies ahead; the clock is not ours to turn, so the row is.
    const past = gateway.environment.DATABASE_URL ? "now() - interval '1 second'" : '1';
    await query(gateway, `update runs set deadline_at = ${past}`);
    const again = await restart(gateway);
    await expect
      .poll(async () => (await messagesOf(again, user)).map(({ status }) => status))
      .toEqual(['interrupted']);
  });
});
