import { aUser, call, type CallOptions, say, type User } from './client.ts';
import { type Gateway, startGateway } from './gateway.ts';

interface Page {
  nextCursor: string | null;
  previousCursor: string | null;
}

interface Conversations extends Page {
  conversations: { conversationId: string; title: string; pinned: boolean; archived: boolean }[];
}

interface History extends Page {
  messages: { id: string; content: string }[];
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const asUser =
  ({ token }: User) =>
  <Data>(path: string, options: CallOptions = {}) =>
    call<Data>(gateway, `/api/chat/${path}`, { token, ...options });
const change = (user: User, id: string, body: object) =>
  asUser(user)(`conversations/${id}`, { method: 'PATCH', body });
const list = async (user: User, search = '') =>
  (await asUser(user)<Conversations>(`conversations${search}`)).data;
const titles = ({ conversations }: Conversations) => conversations.map(({ title }) => title);

/** A user with conversations of these first messages, begun in that order. */
async function withConversations(...texts: string[]): Promise<{ user: User; ids: string[] }> {
  const user = await aUser(gateway);
  const ids: string[] = [];
  for (const text of texts) {
    ids.push((await say(gateway, user, 'everything', text)).data.conversationId);
  }
  return { user, ids };
}

describe('a conversation that is pinned or archived', () => {
  it('stands before all others, or in a list of its own', async () => {
    const { user, ids } = await withConversations('one', 'two', 'three', 'four');
    const pinned = await change(user, ids[0]!, { pinned: true });
    expect(pinned.data).toMatchObject({ title: 'one', pinned: true, archived: false });
    await change(user, ids[2]!, { archived: true, title: 'stored away' });
    expect(titles(await list(user))).toEqual(['one', 'four', 'two']);
    expect(titles(await list(user, '?archived=false'))).toEqual(['one', 'four', 'two']);
    expect(titles(await list(user, '?archived=true'))).toEqual(['stored away']);

    await change(user, ids[0]!, { pinned: false });
    await change(user, ids[2]!, { archived: false });
    expect(titles(await list(user))).toEqual(['four', 'stored away', 'two', 'one']);
  });

  it('is continued where it stands', async () => {
    const { user, ids } = await withConversations('one', 'two');
    await change(user, ids[0]!, { archived: true });
    await say(gateway, user, 'everything', 'again', ids[0]);
    expect(titles(await list(user))).toEqual(['two']);
    expect(titles(await list(user, '?archived=true'))).toEqual(['one']);
  });

  it.each([{ title: 'x'.repeat(101) }, { pinned: 'true' }, { archived: 1 }, { star: true }])(
    'is not changed by %j',
    async (body) => {
      const { user, ids } = await withConversations('one');
      const answer = await change(user, ids[0]!, body);
      expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_input']);
    },
  );

  it('of another user is not there to be changed', async () => {
    const { ids } = await withConversations('one');
    const answer = await change(await aUser(gateway), ids[0]!, { pinned: true });
    expect([answer.status, answer.body.error?.code]).toEqual([404, 'conversation_not_found']);
  });
});

describe('pages', () => {
  it('of conversations lead to their end and back, whatever is pinned or comes meanwhile', async () => {
    const texts = ['one', 'two', 'three', 'four', 'five'];
    const { user, ids } = await withConversations(...texts);
    for (const n of [1, 3]) await change(user, ids[n]!, { pinned: true });
    const order = ['four', 'two', 'five', 'three', 'one'];
    const first = await list(user, '?limit=2');
    expect([titles(first), first.previousCursor]).toEqual([order.slice(0, 2), null]);
    await say(gateway, user, 'everything', 'six');
    const second = await list(user, `?limit=2&cursor=${first.nextCursor}`);
    expect(titles(second)).toEqual(['six', 'five']);
    const third = await list(user, `?limit=2&cursor=${second.nextCursor}`);
    expect([titles(third), third.nextCursor]).toEqual([['three', 'one'], null]);
    const back = await list(user, `?limit=2&cursor=${third.previousCursor}`);
    expect(titles(back)).toEqual(titles(second));
    const start = await list(user, `?limit=3&cursor=${back.previousCursor}`);
    expect([titles(start), start.previousCursor]).toEqual([order.slice(0, 2), null]);
    expect(titles(await list(user, `?limit=9&cursor=${start.nextCursor}`))).toEqual([
      'six',
      ...order.slice(2),
    ]);
  });

  it('of messages lead to the first one and back to the latest', async () => {
    const { user, ids } = await withConversations('1');
    for (const text of ['2', '3', '4']) await say(gateway, user, 'everything', text, ids[0]);
    const read = async (search: string) =>
      (await asUser(user)<History>(`history/${ids[0]}${search}`)).data;
    const texts = ({ messages }: History) => messages.map(({ content }) => content);
    const latest = await read('?limit=3');
    expect([texts(latest), latest.previousCursor]).toEqual([['Echo: 3', '4', 'Echo: 4'], null]);
    const earlier = await read(`?limit=3&cursor=${latest.nextCursor}`);
    expect(texts(earlier)).toEqual(['2', 'Echo: 2', '3']);
    const first = await read(`?limit=3&cursor=${earlier.nextCursor}`);
    expect([texts(first), first.nextCursor]).toEqual([['1', 'Echo: 1'], null]);
    const back = await read(`?limit=3&cursor=${first.previousCursor}`);
    expect(texts(back)).toEqual(texts(earlier));
    await say(gateway, user, 'everything', '5', ids[0]);
    const later = await read(`?limit=9&cursor=${back.previousCursor}`);
    expect(texts(later)).toEqual(['Echo: 3', '4', 'Echo: 4', '5', 'Echo: 5']);
    expect(later.previousCursor).toBeNull();
  });

  it.each(['garbage', '!', Buffer.from('< x').toString('base64url'), 'a'.repeat(121)])(
    'do not begin at %s',
    async (cursor) => {
      const { user, ids } = await withConversations('one');
      for (const path of ['conversations', `history/${ids[0]}`]) {
        const answer = await asUser(user)(`${path}?cursor=${cursor}`);
        expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_input']);
      }
    },
  );
});

describe('feedback', () => {
  const give = (user: User, id: string, body: object) =>
    asUser(user)(`messages/${id}/feedback`, { method: 'PUT', body });
  const messagesOf = async (user: User, id: string) =>
    (await asUser(user)<History>(`history/${id}`)).data.messages;

  /** A message and its answer. */
  const pairOf = async (user: User, id: string) => {
    const [message, answer] = await messagesOf(user, id);
    return [message!, answer!] as const;
  };

  it('on an answer is shown with it, replaced, and taken back', async () => {
    const { user, ids } = await withConversations('one');
    const [message, answer] = await pairOf(user, ids[0]!);
    expect((await give(user, answer.id, { rating: 'down', comment: ' wrong ' })).status).toBe(200);
    const rated = await messagesOf(user, ids[0]!);
    expect(rated).toEqual([message, { ...answer, feedback: { rating: 'down', comment: 'wrong' } }]);
    const file = await asUser(user)(`conversations/${ids[0]}/export?format=json`);
    expect((JSON.parse(file.text) as History).messages).toEqual(rated);
    await give(user, answer.id.toUpperCase(), { rating: 'up' });
    expect((await messagesOf(user, ids[0]!))[1]).toEqual({ ...answer, feedback: { rating: 'up' } });
    await give(user, answer.id, { rating: 'none', comment: 'never mind' });
    expect(await messagesOf(user, ids[0]!)).toEqual([message, answer]);
  });

  it('is for the own answers only', async () => {
    const { user, ids } = await withConversations('one');
    const [message, answer] = await pairOf(user, ids[0]!);
    const other = await aUser(gateway);
    for (const [from, id] of [
      [other, answer.id],
      [user, message.id],
      [user, '01a20de4-0000-7000-8000-000000000000'],
    ] as const) {
      const { status, body } = await give(from, id, { rating: 'up' });
      expect([status, body.error?.code]).toEqual([404, 'message_not_found']);
    }
    for (const body of [{}, { rating: 'best' }, { rating: 'up', comment: 'x'.repeat(501) }]) {
      expect((await give(user, answer.id, body)).status).toBe(400);
    }
    expect(await messagesOf(user, ids[0]!)).toEqual([message, answer]);
  });
});
