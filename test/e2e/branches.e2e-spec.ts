import { randomUUID } from 'node:crypto';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, type Chat, type User } from './client.ts';
import { aSecret, type Gateway, query, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

interface Message {
  id: string;
  runId: string;
  role: string;
  content: string;
  parentRunId?: string;
  siblings?: string[];
}

interface History {
  messages: Message[];
  nextCursor: string | null;
  previousCursor: string | null;
}

let gateway: Gateway;
let model: ModelServer;
let user: User;
beforeAll(async () => {
  model = await startModelServer(says('I see.'));
  gateway = await startGateway({
    environment: {
      MODELS_DIR: aModelsDir(aModelFile('main', model.url)),
      PROFILES_DIR: aProfilesDir({
        'thinking.json': aProfile('thinking', { engine: 'model', model: { name: 'main' } }),
      }),
      [MODEL_KEY]: aSecret(),
    },
  });
  user = await aUser(gateway);
});
afterAll(() => model.close());

const post = (path: string, body: object | undefined, headers = {}, token = user.token) =>
  call<Chat>(gateway, path, { method: 'POST', token, headers, ...(body ? { body } : {}) });
const send = (message: string, place: object = {}, headers = {}, token = user.token) =>
  post('/api/chat', { message, profile_id: 'thinking', ...place }, headers, token);
const regenerate = (id: string, headers = {}, token = user.token) =>
  post(`/api/chat/messages/${id}/regenerate`, undefined, headers, token);
const read = async (id: string, search = '') =>
  (await call<History>(gateway, `/api/chat/history/${id}${search}`, { token: user.token })).data;
const textsOf = ({ messages }: History) =>
  messages.filter(({ role }) => role === 'user').map(({ content }) => content);
const texts = async (id: string, search = '') => textsOf(await read(id, search));
/** The messages of the person in a conversation by their texts. */
const byText = async (id: string, search = '') =>
  Object.fromEntries((await read(id, search)).messages.map((it) => [it.content, it]));

/** A conversation of these messages. */
async function of(...said: string[]): Promise<string> {
  const id = `conv_${randomUUID()}`;
  for (const text of said) await send(text, { conversation_id: id });
  return id;
}

/** What the model was asked last: the texts of the person. */
function asked(): unknown[] {
  const { messages } = model.asked.at(-1)!.body as {
    messages: { role: string; content: unknown }[];
  };
  return messages.filter(({ role }) => role === 'user').map(({ content }) => content);
}

describe('a message that is edited', () => {
  it('begins a branch beside the first one, and both stay readable', async () => {
    const id = await of('one', 'two', 'three');
    const { two } = await byText(id);
    const answer = await send('two, but better', { edit_of: two!.id });
    expect(answer.data.conversationId).toBe(id);
    expect(asked()).toEqual(['one', 'two, but better']);

    const newest = await read(id);
    expect(textsOf(newest)).toEqual(['one', 'two, but better']);
    const edited = newest.messages[2]!;
    expect(edited.siblings).toEqual([two!.id, edited.id]);
    expect(edited.parentRunId).toBe(newest.messages[0]!.runId);
    expect(newest.messages.filter(({ siblings }) => siblings)).toHaveLength(1);
    expect(await texts(id, `?leaf=${two!.id}`)).toEqual(['one', 'two', 'three']);
    expect(await texts(id, `?leaf=${two!.runId}`)).toEqual(['one', 'two', 'three']);
    expect(await texts(id, `?leaf=${edited.id.toUpperCase()}`)).toEqual(['one', 'two, but better']);
    expect((await byText(id, `?leaf=${two!.id}`)).two!.siblings).toEqual(edited.siblings);
  });

  it('may be the first one', async () => {
    const id = await of('one', 'two');
    const { one } = await byText(id);
    await send('uno', { conversation_id: id, edit_of: one!.id });
    expect(asked()).toEqual(['uno']);
    const { uno } = await byText(id);
    expect(uno).not.toHaveProperty('parentRunId');
    expect(uno!.siblings).toEqual([one!.id, uno!.id]);
    expect(await texts(id)).toEqual(['uno']);
    expect(await texts(id, `?leaf=${one!.id}`)).toEqual(['one', 'two']);
  });

  it('is followed on the branch that was used last, or behind the message that is named', async () => {
    const id = await of('one', 'two');
    const { two } = await byText(id);
    await send('2', { edit_of: two!.id });
    await send('3', { conversation_id: id });
    expect(asked()).toEqual(['one', '2', '3']);
    await send('three', { conversation_id: id, parent_message_id: two!.runId });
    expect(asked()).toEqual(['one', 'two', 'three']);
    expect(await texts(id)).toEqual(['one', 'two', 'three']);
    expect(await texts(id, `?leaf=${(await byText(id)).two!.siblings![1]}`)).toEqual([
      'one',
      '2',
      '3',
    ]);
    await send('four', { conversation_id: id });
    expect(asked()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('of a conversation from an earlier version finds it to be a line', async () => {
    const id = await of('one', 'two', 'three');
    const { three } = await byText(id);
    await query(
      gateway,
      `update runs set parent_id = null where conversation_id in
         (select id from conversations where chosen_id = '${id}')`,
    );
    expect(await texts(id)).toEqual(['one', 'two', 'three']);
    await send('drei', { edit_of: three!.id });
    expect(asked()).toEqual(['one', 'two', 'drei']);
    expect(await texts(id)).toEqual(['one', 'two', 'drei']);
    expect(await texts(id, `?leaf=${three!.id}`)).toEqual(['one', 'two', 'three']);
  });
});

describe('an answer that is regenerated', () => {
  it('leaves the first one readable, by the id of the message or of the answer', async () => {
    const id = await of('one', 'two');
    const { two } = await byText(id);
    model.answer(says('Another view.'), says('I see.'));
    const again = await regenerate(two!.runId);
    expect([again.data.response, again.data.conversationId]).toEqual(['Another view.', id]);
    expect(asked()).toEqual(['one', 'two']);
    const { messages } = await read(id);
    expect(messages.map(({ content }) => content)).toEqual([
      'one',
      'I see.',
      'two',
      'Another view.',
    ]);
    expect((await regenerate(two!.id)).status).toBe(200);
    const third = await read(id);
    expect(third.messages.at(-2)!.siblings).toHaveLength(3);
    expect((await read(id, `?leaf=${messages[2]!.id}`)).messages.at(-1)!.content).toBe(
      'Another view.',
    );
  });

  it('comes in each form, and once for each key', async () => {
    const id = await of('one');
    const { one } = await byText(id);
    const key = { 'Idempotency-Key': randomUUID() };
    const later = await regenerate(one!.id, { ...key, Prefer: 'respond-async' });
    expect(later.status).toBe(202);
    const { runId } = later.data as unknown as { runId: string };
    expect((await regenerate(one!.id, key)).data.response).toBe('I see.');
    const stream = await regenerate(one!.id, { ...key, Accept: 'text/event-stream' });
    expect(stream.text).toContain(runId);
    expect((await byText(id)).one!.siblings).toHaveLength(2);
    const other = await send('one', { edit_of: one!.id, conversation_id: id }, key);
    expect([other.status, other.body.error?.code]).toEqual([409, 'idempotency_mismatch']);
  });
});

describe('branches', () => {
  it('are read in pages, in both directions', async () => {
    const id = await of('1', '2', '3', '4', '5');
    const known = await byText(id);
    await send('3b', { edit_of: known['3']!.id });
    for (const text of ['4b', '5b']) await send(text, { conversation_id: id });
    for (const [leaf, expected] of [
      ['', ['1', '2', '3b', '4b', '5b']],
      [`&leaf=${known['4']!.id}`, ['1', '2', '3', '4', '5']],
    ] as const) {
      let seen: string[] = [];
      let page = await read(id, `?limit=3${leaf}`);
      for (seen = textsOf(page); page.nextCursor; seen = [...textsOf(page), ...seen]) {
        page = await read(id, `?limit=3${leaf}&cursor=${page.nextCursor}`);
      }
      expect(seen).toEqual(expected);
      for (seen = textsOf(page); page.previousCursor; seen = [...seen, ...textsOf(page)]) {
        page = await read(id, `?limit=3${leaf}&cursor=${page.previousCursor}`);
      }
      expect(seen).toEqual(expected);
    }
  });

  it('are exported: all of them as JSON, the newest one as Markdown', async () => {
    const id = await of('one', 'two');
    const { two } = await byText(id);
    await send('zwei', { edit_of: two!.id });
    const file = (format: string) =>
      call(gateway, `/api/chat/conversations/${id}/export?format=${format}`, { token: user.token });
    const { messages } = JSON.parse((await file('json')).text) as History;
    expect(
      messages.filter(({ role }) => role === 'user').map((it) => [it.content, it.parentRunId]),
    ).toEqual([
      ['one', undefined],
      ['two', messages[0]!.runId],
      ['zwei', messages[0]!.runId],
    ]);
    const { text } = await file('markdown');
    expect(text.match(/^(one|two|zwei)$/gm)).toEqual(['one', 'zwei']);
  });

  it('are begun in the own conversations, at messages that are there', async () => {
    const id = await of('one');
    const { one } = await byText(id);
    const other = await aUser(gateway);
    const elsewhere = await of('elsewhere');
    const nowhere = randomUUID();
    const attempts = [
      send('x', { edit_of: one!.id }, {}, other.token),
      send('x', { parent_message_id: one!.id }, {}, other.token),
      regenerate(one!.id, {}, other.token),
      send('x', { edit_of: nowhere }),
      send('x', { parent_message_id: nowhere }),
      regenerate(nowhere),
      send('x', { edit_of: one!.id, conversation_id: elsewhere }),
      send('x', { parent_message_id: one!.id, conversation_id: elsewhere }),
      send('x', { edit_of: one!.runId }),
      call(gateway, `/api/chat/history/${elsewhere}?leaf=${one!.id}`, { token: user.token }),
    ];
    for (const { status, body } of await Promise.all(attempts)) {
      expect([status, body.error?.code]).toEqual([404, 'message_not_found']);
    }
    for (const place of [
      { edit_of: one!.id, parent_message_id: one!.id },
      { edit_of: 'x' },
      { parent_message_id: '1'.repeat(10_000) },
    ]) {
      const { status, body } = await send('x', place);
      expect([status, body.error?.code]).toEqual([400, 'invalid_input']);
    }
    expect(await texts(id)).toEqual(['one']);
    expect(await texts(elsewhere)).toEqual(['elsewhere']);
  });

  it('begin one after the other, however many are asked for at once', async () => {
    const id = await of('one');
    const { one } = await byText(id);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => send(`edit ${n}`, { edit_of: one!.id })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect((await read(id)).messages[0]!.siblings).toHaveLength(7);
  });
});
