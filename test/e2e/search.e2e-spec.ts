import { randomUUID } from 'node:crypto';
import { tracesOf } from '../attack/auth/traces.ts';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';

interface Hit {
  messageId: string;
  role: string;
  conversationId: string;
  title: string;
  snippet: { before: string; hit: string; after: string };
}

interface Found {
  conversations: { conversationId: string; title: string }[];
  messages: Hit[];
  nextCursor: string | null;
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const ask = (user: User, search: string) =>
  call<Found>(gateway, `/api/chat/search?${search}`, { token: user.token });
const find = async (user: User, q: string, more = '') =>
  (await ask(user, `q=${encodeURIComponent(q)}${more}`)).data;
const textOf = ({ snippet: { before, hit, after } }: Hit) => before + hit + after;
const texts = ({ messages }: Found) => messages.map(textOf);
/** What is stored is searchable within a second: until all of it is. */
const untilIndexed = () =>
  expect
    .poll(() =>
      query(
        gateway,
        `select id from messages where indexed = false
         union all select id from conversations where title_words is null`,
      ),
    )
    .toEqual([]);

/** A user who has sent these messages, each in a conversation of its own. */
async function whoSaid(...said: string[]): Promise<User> {
  const user = await aUser(gateway);
  for (const text of said) await say(gateway, user, 'everything', text);
  await untilIndexed();
  return user;
}

describe('a search', () => {
  it('finds messages and answers, the latest first, with their places', async () => {
    const user = await whoSaid('Buy milk', 'Buy bread', 'The milk is sour');
    const found = await find(user, 'milk');
    expect(texts(found)).toEqual([
      'Echo: The milk is sour',
      'The milk is sour',
      'Echo: Buy milk',
      'Buy milk',
    ]);
    expect(found.messages[1]).toMatchObject({
      role: 'user',
      profileId: 'everything',
      title: 'The milk is sour',
      snippet: { before: 'The ', hit: 'milk', after: ' is sour' },
    });
    expect(found.conversations.map(({ title }) => title)).toEqual(['The milk is sour', 'Buy milk']);
    expect(found.nextCursor).toBeNull();
  });

  it.each([
    ['cafe', 'Un CAFÉ noir'],
    ['café', 'Un cafe\u0301 noir'],
    ['STRASSE', 'Lange Straße 3'],
    ['２０２６', 'in 2026'],
    ['東京', '明日は東京都へ行く'],
    ['ガス', '大阪ｶﾞｽ'],
    ['北京', '我在北京工作'],
    ['서울', '서울에서 만나요'],
    ['дом', 'Мой ДОМ'],
    ['sour mil', 'the milk is sour'],
    ["o'brien", 'Mr O’Brien'],
  ])('for %s finds %s', async (q, text) => {
    const user = await whoSaid(text, 'something else');
    const { messages, conversations } = await find(user, q);
    expect(messages.map(({ role, title }) => [role, title])).toEqual([
      ['assistant', text],
      ['user', text],
    ]);
    expect(conversations.map(({ title }) => title)).toEqual([text]);
  });

  it('is answered in pages that lead to each message once', async () => {
    const said = Array.from({ length: 7 }, (_, n) => `apple ${n}`);
    const user = await whoSaid(...said);
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      const page: Found = await find(user, 'apple', `&limit=4${cursor && `&cursor=${cursor}`}`);
      if (cursor) expect(page.conversations).toEqual([]);
      seen.push(...texts(page));
      cursor = page.nextCursor;
    }
    expect(pages).toBe(4);
    expect(seen).toEqual(said.toReversed().flatMap((text) => [`Echo: ${text}`, text]));
  });

  it('goes on where it was when the message at its cursor has been deleted', async () => {
    const user = await whoSaid('pear 1', 'pear 2', 'pear 3');
    // The oldest becomes searchable last, as what a process that was killed has left behind.
    const oldest = `select id from messages where content like '%pear 1'`;
    await query(gateway, `delete from searched_messages where message_id in (${oldest})`);
    await query(gateway, `update messages set indexed = false where id in (${oldest})`);
    await untilIndexed();
    const first = await find(user, 'pear', '&limit=2');
    expect(texts(first)).toEqual(['Echo: pear 1', 'pear 1']);
    await call(gateway, `/api/chat/conversations/${first.messages[1]!.conversationId}`, {
      method: 'DELETE',
      token: user.token,
    });
    const rest = await find(user, 'pear', `&cursor=${first.nextCursor}`);
    expect(texts(rest)).toEqual(['Echo: pear 3', 'pear 3', 'Echo: pear 2', 'pear 2']);
  });

  it('finds nothing of another user, and nothing by signs of the query language', async () => {
    await whoSaid('a secret of mine');
    const other = await whoSaid('nothing');
    for (const q of ['secret', 'sec', '%', '*', '"', "'", '" OR "', 'NOT x', "' | '", '\\', ':*']) {
      expect(await find(other, q)).toEqual({ conversations: [], messages: [], nextCursor: null });
    }
  });

  it.each([
    '',
    'q=',
    'q=%20',
    `q=${'x'.repeat(101)}`,
    'q=a%00b',
    'q=a&cursor=x',
    `q=a&cursor=${Buffer.from(`< 1 ${randomUUID()}`).toString('base64url')}`,
    'q=a&limit=0',
    'q=a&q=b',
  ])('with the query %s is refused', async (search) => {
    const answer = await ask(await aUser(gateway), search);
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_input']);
  });

  it('finds a conversation by the title that it has now', async () => {
    const user = await whoSaid('first title');
    const { conversationId } = (await find(user, 'first')).conversations[0]!;
    await call(gateway, `/api/chat/conversations/${conversationId}`, {
      method: 'PATCH',
      token: user.token,
      body: { title: 'Second name' },
    });
    await untilIndexed();
    expect((await find(user, 'second nam')).conversations).toMatchObject([{ conversationId }]);
    expect((await find(user, 'title')).conversations).toEqual([]);
  });

  it('finds what an earlier version, or a process that was killed, has left without words', async () => {
    const user = await whoSaid('left behind');
    await query(gateway, 'delete from searched_messages');
    await query(gateway, 'update conversations set title_words = null');
    expect((await find(user, 'behind')).messages).toEqual([]);
    await query(gateway, 'update messages set indexed = false');
    await untilIndexed();
    expect(texts(await find(user, 'behind'))).toEqual(['Echo: left behind', 'left behind']);
  });

  it('finds nothing of what was deleted, and keeps no word of it', async () => {
    const word = randomUUID().replaceAll('-', '');
    const user = await whoSaid(`${word} is far`);
    // An index leaves out the beginning that a word has in common with the one before it.
    const end = word.slice(-16);
    expect(await tracesOf(gateway, [end])).toContain(`table searched_messages has ${end}`);
    const [{ conversationId }] = (await find(user, word)).messages as [Hit];
    await call(gateway, `/api/chat/conversations/${conversationId}`, {
      method: 'DELETE',
      token: user.token,
    });
    expect(await find(user, word)).toMatchObject({ conversations: [], messages: [] });
    const left = async () => {
      // Without what SQLite keeps beside the rows of a page, which is wiped with the erasure of an account.
      if (!gateway.environment.DATABASE_URL)
        for (const clean of ['vacuum', 'pragma wal_checkpoint(truncate)'])
          await query(gateway, clean);
      return tracesOf(gateway, [end]);
    };
    await expect.poll(left).toEqual([]);
  });
});
