import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { aUser, type Answer, call, type Chat, type User } from '../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';

interface History {
  messages: { role: string; content: string; status: string }[];
}

interface Repeatable {
  readonly message?: string;
  readonly profile_id?: string;
  readonly conversation_id?: string;
}

const SLOW = '/trigger-long-running-operation duration=2 steps=2';

const storage = await freshStorage();
const environment = { ...storage, JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() };
let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway({ environment });
  user = await aUser(gateway);
});

const send = (
  key: string,
  body: Repeatable = {},
  { at = gateway, as = user, headers = {} as Record<string, string> } = {},
): Promise<Answer<Chat>> =>
  call<Chat>(at, '/api/chat', {
    token: as.token,
    headers: { 'Idempotency-Key': key, ...headers },
    body: { message: 'once', profile_id: 'everything', ...body },
  });

const shape = ({ status, body }: Answer<Chat>) => [
  status,
  body.error?.code ?? body.data?.response,
  body.data?.conversationId,
];

const messagesIn = async (conversationId: string, as = user) =>
  (
    await call<History>(gateway, `/api/chat/history/${conversationId}`, { token: as.token })
  ).data.messages.map(({ role, content }) => [role, content]);

describe('a message that comes again with its Idempotency-Key', () => {
  it('is answered as before, and is stored once', async () => {
    const key = randomUUID();
    const answers = [await send(key), await send(key), await send(`"${key}"`)];
    const { conversationId } = answers[0]!.data;
    expect(answers.map(shape)).toEqual(Array(3).fill([200, 'Echo: once', conversationId]));
    expect(await messagesIn(conversationId)).toEqual([
      ['user', 'once'],
      ['assistant', 'Echo: once'],
    ]);
  });

  it('is answered with the failure of before, and nothing is asked again', async () => {
    const key = randomUUID();
    const first = await send(key, { message: '/no_such_command' });
    const second = await send(key, { message: '/no_such_command' });
    expect(second.data).toMatchObject({ isError: true, errorCode: 'command_refused' });
    expect(shape(second)).toEqual(shape(first));
  });

  it.each([{}, { conversation_id: `conv_${randomUUID()}` }])(
    'begins one run, however many come at once: %o',
    async (body) => {
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => send(key, { message: SLOW, ...body })),
      );
      const { conversationId, response } = answers[0]!.data;
      expect(answers.map(shape)).toEqual(Array(12).fill([200, response, conversationId]));
      expect(await messagesIn(conversationId)).toHaveLength(2);
    },
  );

  it('attaches to the run in whatever form it asks, also while it runs', async () => {
    const key = randomUUID();
    const later = await call<{ runId: string }>(gateway, '/api/chat', {
      token: user.token,
      headers: { 'Idempotency-Key': key, Prefer: 'respond-async' },
      body: { message: SLOW, profile_id: 'everything' },
    });
    expect(later.status).toBe(202);
    const [again, stream, whole] = await Promise.all([
      send(key, { message: SLOW }, { headers: { Prefer: 'respond-async' } }),
      send(key, { message: SLOW }, { headers: { Accept: 'text/event-stream' } }),
      send(key, { message: SLOW }),
    ]);
    expect([again.status, again.body.data]).toEqual([202, later.data]);
    expect(stream.text).toContain(`"runId":"${later.data.runId}"`);
    expect(stream.text).toMatch(/data: \[DONE\]\n\n$/);
    const texts = [...stream.text.matchAll(/"type":"text-delta".*?"delta":(".*?[^\\]")/g)];
    expect(texts.map(([, delta]) => JSON.parse(delta!) as string).join('')).toBe(
      whole.data.response,
    );
    expect(await messagesIn(whole.data.conversationId)).toHaveLength(2);
  });

  it('is refused with another message, assistant or conversation', async () => {
    const key = randomUUID();
    const { conversationId } = (await send(key)).data;
    for (const body of [
      { message: 'twice' },
      { profile_id: 'memory' },
      { conversation_id: conversationId },
    ]) {
      const { status, body: answer } = await send(key, body);
      expect([status, answer.error?.code]).toEqual([409, 'idempotency_mismatch']);
    }
    expect(await messagesIn(conversationId)).toHaveLength(2);
  });

  it('of another user is another message', async () => {
    const key = randomUUID();
    const [mine, other] = [await send(key), await aUser(gateway)];
    const theirs = await send(key, {}, { as: other });
    expect(theirs.status).toBe(200);
    expect(theirs.data.conversationId).not.toBe(mine.data.conversationId);
    expect(await messagesIn(theirs.data.conversationId, other)).toHaveLength(2);
  });

  it('begins anew after its conversation has been deleted', async () => {
    const key = randomUUID();
    const first = (await send(key)).data.conversationId;
    const path = `/api/chat/conversations/${first}`;
    await call(gateway, path, { method: 'DELETE', token: user.token });
    const second = await send(key);
    expect(second.status).toBe(200);
    expect(second.data.conversationId).not.toBe(first);
  });
});

describe('an Idempotency-Key', () => {
  it.each(['x'.repeat(256), 'x'.repeat(300), '""', 'é', 'a\tb'])(
    'is refused where it is empty, too long or not printable: %j',
    async (key) => {
      const { status, body } = await send(key);
      expect([status, body.error?.code]).toEqual([400, 'invalid_input']);
      expect(body.error?.details).toMatchObject([{ field: 'Idempotency-Key' }]);
    },
  );

  it('with a control character is refused, and nothing is stored', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ message: 'once', profile_id: 'everything' });
    socket.write(
      `POST /api/chat HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${user.token}\r\n` +
        `Content-Type: application/json\r\nIdempotency-Key: a\u0001b\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    let answer = '';
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.includes('\r\n\r\n')) break;
    }
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('of 255 characters is taken, and no text of it is stored', async () => {
    const key = `secret of mine ${'k'.repeat(240)}`;
    expect((await send(key)).status).toBe(200);
    const rows = await query(gateway, 'select * from idempotency_keys');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('secret');
  });
});

describe('a message whose process was killed', () => {
  it('is not answered a second time, and its repetition says so', async () => {
    const [key, aged] = [randomUUID(), randomUUID()];
    await send(aged);
    const body = { message: '/trigger-long-running-operation duration=20 steps=2' };
    const headers = { Prefer: 'respond-async' };
    const { data } = await call<{ conversationId: string }>(gateway, '/api/chat', {
      token: user.token,
      headers: { 'Idempotency-Key': key, ...headers },
      body: { profile_id: 'everything', ...body },
    });
    await gateway.kill();
    await query(
      gateway,
      `update idempotency_keys set created_at = ${storage.DATABASE_URL ? `now() - interval '25 hours'` : Date.now() - 25 * 3_600_000}
       where run_id in (select id from runs where finished_at is not null)`,
    );
    gateway = await startGateway({ environment });
    const answers = await Promise.all([send(key, body), send(key, body)]);
    for (const answer of answers) {
      expect([answer.status, answer.body.error?.code]).toEqual([409, 'run_interrupted']);
      expect(answer.body.error).toMatchObject({ conversationId: data.conversationId });
    }
    expect(await messagesIn(data.conversationId)).toEqual([['user', body.message]]);
    // Keys are known for a day.
    const left = () => query(gateway, 'select run_id from idempotency_keys');
    await expect.poll(async () => (await left()).length).toBe(1);
    expect((await send(aged)).status).toBe(200);
  });
});

describe.runIf(storage.DATABASE_URL !== undefined)('a message that comes again elsewhere', () => {
  it('is answered by the run on the other instance', async () => {
    const other = await startGateway({ environment });
    const key = randomUUID();
    const answers = await Promise.all(
      [gateway, other, other, gateway].map((at) => send(key, { message: SLOW }, { at })),
    );
    const { conversationId, response } = answers[0]!.data;
    expect(answers.map(shape)).toEqual(Array(4).fill([200, response, conversationId]));
    expect(await messagesIn(conversationId)).toHaveLength(2);
  });
});
