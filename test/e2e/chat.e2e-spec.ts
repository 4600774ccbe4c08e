import { randomUUID } from 'node:crypto';
import { aUser, call, say, type User } from './client.ts';
import { aSecret, type Gateway, query, startGateway } from './gateway.ts';

interface Message {
  id: string;
  role: string;
  content: string;
  status: string;
  runId: string;
  errorCode?: string;
}

interface History {
  conversationId: string;
  profileId: string;
  messages: Message[];
  nextCursor: string | null;
}

interface Conversations {
  conversations: { conversationId: string; profileId: string; title: string }[];
  nextCursor: string | null;
}

interface Usage {
  quotas: { conversations: { used: number } };
}

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway();
  user = await aUser(gateway);
});

const history = (conversationId: string, search = '', token = user.token) =>
  call<History>(gateway, `/api/chat/history/${conversationId}${search}`, { token });
const conversations = (search = '', token = user.token) =>
  call<Conversations>(gateway, `/api/chat/conversations${search}`, { token });
/** The texts of a conversation; none if there is no such conversation. */
const textsOf = async (conversationId: string, token = user.token) =>
  (await history(conversationId, '', token)).body.data?.messages.map(({ content }) => content) ??
  [];

describe('assistants', () => {
  it('are listed as the phone may see them', async () => {
    const { data } = await call<{ id: string }[]>(gateway, '/api/profiles', { token: user.token });
    expect(data.map(({ id }) => id)).toEqual([
      'calendar',
      'everything',
      'memory',
      'notes',
      'tasks',
    ]);
    for (const profile of data) {
      expect(Object.keys(profile).toSorted()).toEqual([
        'accent',
        'capabilities',
        'description',
        'icon',
        'id',
        'isActive',
        'language',
        'languages',
        'limits',
        'name',
        'suggestions',
        'version',
      ]);
    }
  });

  it('show nothing of what is behind them', async () => {
    for (const path of [
      '/api/profiles',
      '/api/profiles/memory',
      '/api/profiles/memory/capabilities',
    ]) {
      const { text } = await call(gateway, path, { token: user.token });
      expect(text).not.toMatch(/mcp|server|stdio|modelcontextprotocol|isolation|engine|\.js/i);
    }
  });

  it('tell what can be written to them', async () => {
    const { data } = await call<{ commands: { name: string }[]; defaultCommand: string }>(
      gateway,
      '/api/profiles/notes/capabilities',
      { token: user.token },
    );
    expect(data.defaultCommand).toBe('add_note');
    expect(data.commands[0]).toMatchObject({
      name: 'add_note',
      arguments: expect.arrayContaining([
        expect.objectContaining({ name: 'text', type: 'string', required: true }),
      ]) as unknown,
    });
  });

  it('that do not exist are not found', async () => {
    for (const path of ['/api/profiles/nobody', '/api/profiles/nobody/capabilities']) {
      const answer = await call(gateway, path, { token: user.token });
      expect([answer.status, answer.body.error?.code]).toEqual([404, 'profile_not_found']);
    }
    const answer = await say(gateway, user, 'nobody', 'hello');
    expect([answer.status, answer.body.error?.code]).toEqual([404, 'profile_not_found']);
  });
});

describe('a message', () => {
  it('is answered in the agreed form', async () => {
    const before = Date.now();
    const { status, data } = await say(gateway, user, 'everything', '/echo {"message":"hi"}');
    expect(status).toBe(200);
    expect(data).toEqual({
      response: 'Echo: hi',
      conversationId: expect.any(String) as string,
      metadata: {
        profileId: 'everything',
        timestamp: expect.any(String) as string,
        processingTime: expect.any(Number) as number,
      },
    });
    expect(Date.parse(data.metadata.timestamp)).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['notes', '/add_note title=Milk text="2 litres"', /Milk/],
    ['notes', 'a plain text becomes a note', /a plain text becomes a note/],
    ['notes', '/list_notes', /Milk/],
    ['notes', '/search_notes litres', /Milk/],
    ['tasks', 'call the dentist', /call the dentist/],
    ['tasks', '/complete_task number=1', /Task 1 is done/],
    ['calendar', '/add_event title=Dentist start=2027-03-01T09:00', /Dentist/],
    ['calendar', '/list_events from=2027-03-01 to=2027-03-01', /Dentist/],
    [
      'memory',
      '/create_entities {"entities":[{"name":"Grace","entityType":"person","observations":["builds compilers"]}]}',
      /Grace/,
    ],
    ['memory', 'compilers', /Grace/],
    ['everything', '/get-sum a=2 b=40', /42/],
    ['everything', 'plain text', /Echo: plain text/],
    ['everything', '/get-tiny-image', /MCP logo/],
  ])('to %s is answered by a real MCP server: %s', async (profile, message, answer) => {
    expect((await say(gateway, user, profile, message)).data.response).toMatch(answer);
  });

  it.each([
    ['notes', '/help', /No language model is configured.*\/add_note text=<string>/s],
    ['notes', '   ', /No language model is configured/],
    ['calendar', 'what is next?', /Begin with a slash/],
    ['notes', '/add_note {"text":', /not valid JSON/],
    ['notes', '/read_note number=seven', /must be a number/],
    ['notes', '/read_note number=99', /no note 99/],
    ['notes', '/unknown', /no command \/unknown/],
  ])(
    'to %s that cannot be served is answered with advice: %s',
    async (profile, message, answer) => {
      const { status, data } = await say(gateway, user, profile, message);
      expect(status).toBe(200);
      expect(data.response).toMatch(answer);
    },
  );

  it('of one user finds nothing of another', async () => {
    const other = await aUser(gateway);
    await say(gateway, user, 'notes', 'only for my own eyes');
    await say(
      gateway,
      user,
      'memory',
      '/create_entities {"entities":[{"name":"Hedy","entityType":"person","observations":[]}]}',
    );
    expect((await say(gateway, other, 'notes', '/list_notes')).data.response).not.toContain('eyes');
    expect((await say(gateway, other, 'memory', '/read_graph')).data.response).not.toContain(
      'Hedy',
    );
    expect((await say(gateway, user, 'memory', '/read_graph')).data.response).toContain('Hedy');
  });

  it('of 5000 characters is taken, of any script; one more is refused', async () => {
    const longest = '𝄞'.repeat(3900) + 'x'.repeat(1100);
    expect((await say(gateway, user, 'everything', longest)).data.response).toContain(longest);
    const answer = await say(gateway, user, 'everything', `${longest}x`);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.details).toEqual([
      { field: 'message', message: expect.stringContaining('5000') as string },
    ]);
  });
});

describe('a tool that is not on the list of the profile', () => {
  // Pins would withhold it as well: the list has to hold by itself.
  let unpinned: Gateway;
  let reader: User;
  beforeAll(async () => {
    unpinned = await startGateway({ environment: { TOOL_PINS: 'off' } });
    reader = await aUser(unpinned);
  });

  it.each([
    '/get-env',
    '/get-env {}',
    '/GET-ENV',
    '/ get-env',
    '/echo\n/get-env',
    '/get-env\u00a0{}',
  ])('cannot be reached: %j', async (message) => {
    const { data } = await say(unpinned, reader, 'everything', message);
    expect(data.response).not.toMatch(/PATH|NODE|HOME/);
  });
});

describe('an id that the app chose', () => {
  it('begins a conversation, and continues it', async () => {
    for (const id of ['conv_1732600000000', 'A', 'x-_9'.repeat(16), randomUUID()]) {
      const first = await say(gateway, user, 'everything', `one of ${id}`, id);
      expect([first.status, first.data.conversationId]).toEqual([200, id]);
      const next = await say(gateway, user, 'everything', `two of ${id}`, id);
      expect(next.data.conversationId).toBe(id);
      expect(await textsOf(id)).toEqual([
        `one of ${id}`,
        `Echo: one of ${id}`,
        `two of ${id}`,
        `Echo: two of ${id}`,
      ]);
      const { conversations: listed } = (await conversations('?limit=1')).data;
      expect(listed).toMatchObject([{ conversationId: id, title: `one of ${id}`.slice(0, 60) }]);
      const [{ runId }] = (await history(id)).data.messages as [Message];
      const run = await call(gateway, `/api/chat/runs/${runId}`, { token: user.token });
      expect(run.data).toMatchObject({ conversationId: id });
    }
  });

  it('is another one in other letters, unless it is a UUID', async () => {
    const [name, uuid] = [`conv_${randomUUID()}`.slice(0, 20), randomUUID()];
    for (const id of [name, uuid]) await say(gateway, user, 'everything', 'first', id);
    await say(gateway, user, 'everything', 'second', name.toUpperCase());
    const { data } = await say(gateway, user, 'everything', 'second', uuid.toUpperCase());
    expect(data.conversationId).toBe(uuid);
    expect(await textsOf(name)).toEqual(['first', 'Echo: first']);
    expect(await textsOf(name.toUpperCase())).toEqual(['second', 'Echo: second']);
    expect(await textsOf(uuid)).toHaveLength(4);
  });

  it('begins one conversation, however many messages come with it at once', async () => {
    const id = `conv_${randomUUID()}`;
    const texts = Array.from({ length: 8 }, (_, n) => `message ${n}`);
    const answers = await Promise.all(
      texts.map((text) => say(gateway, user, 'everything', text, id)),
    );
    expect(answers.map(({ status }) => status)).toEqual(texts.map(() => 200));
    expect((await textsOf(id)).toSorted()).toEqual(
      [...texts, ...texts.map((text) => `Echo: ${text}`)].toSorted(),
    );
    const { data } = await call<Usage>(gateway, '/api/me/usage', { token: user.token });
    expect(data.quotas.conversations.used).toBe(
      (await conversations('?limit=100')).data.conversations.length,
    );
  });

  it('is with one assistant only', async () => {
    const id = `conv_${randomUUID()}`;
    await say(gateway, user, 'everything', 'one', id);
    const answer = await say(gateway, user, 'notes', 'two', id);
    expect([answer.status, answer.body.error?.code]).toEqual([409, 'profile_mismatch']);
  });

  it('can be renamed and deleted by, and begins anew then', async () => {
    const id = `conv_${randomUUID()}`;
    await say(gateway, user, 'everything', 'before', id);
    const path = `/api/chat/conversations/${id}`;
    const body = { title: 'Renamed' };
    const renamed = await call(gateway, path, { method: 'PATCH', token: user.token, body });
    expect(renamed.data).toMatchObject({ conversationId: id, title: 'Renamed' });
    const deletion = () => call(gateway, path, { method: 'DELETE', token: user.token });
    expect([(await deletion()).status, (await deletion()).status]).toEqual([200, 404]);
    expect((await history(id)).status).toBe(404);
    await say(gateway, user, 'everything', 'after', id);
    expect(await textsOf(id)).toEqual(['after', 'Echo: after']);
  });

  it('does not tell whether another user has it, and does not collide with it', async () => {
    const owner = await aUser(gateway);
    const made = (await say(gateway, owner, 'everything', 'mine')).data.conversationId;
    for (const id of [made, `conv_${randomUUID()}`, owner.userId]) {
      await say(gateway, owner, 'everything', 'mine', id);
      const before = await textsOf(id, owner.token);
      const answer = await say(gateway, user, 'everything', 'intruding', id);
      expect([answer.status, answer.data.conversationId]).toEqual([200, id]);
      expect(await textsOf(id)).toEqual(['intruding', 'Echo: intruding']);
      expect(await textsOf(id, owner.token)).toEqual(before);
    }
    const { text } = await call(gateway, '/api/me/export', { token: owner.token });
    expect(text).not.toContain('intruding');
    expect(text).not.toContain('somebody else');
  });

  it.each(['x'.repeat(65), 'a b', 'é', 'a/b', '../x', 'a.b', "o'r"])(
    'is refused where it has other characters or is too long: %s',
    async (id) => {
      const answer = await say(gateway, user, 'everything', 'one', id);
      expect(answer.status).toBe(400);
    },
  );
});

describe('a conversation', () => {
  it('goes on where its id is sent along', async () => {
    const first = await say(gateway, user, 'everything', 'one');
    const id = first.data.conversationId;
    const second = await say(gateway, user, 'everything', 'two', id);
    expect(second.data.conversationId).toBe(id);
    const { data } = await history(id);
    expect(data.messages.map(({ role, content, status }) => [role, content, status])).toEqual([
      ['user', 'one', 'succeeded'],
      ['assistant', 'Echo: one', 'succeeded'],
      ['user', 'two', 'succeeded'],
      ['assistant', 'Echo: two', 'succeeded'],
    ]);
    expect(data.messages[0]?.runId).toBe(data.messages[1]?.runId);
  });

  it('is with one assistant only', async () => {
    const { data } = await say(gateway, user, 'everything', 'one');
    const answer = await say(gateway, user, 'notes', 'two', data.conversationId);
    expect([answer.status, answer.body.error?.code]).toEqual([409, 'profile_mismatch']);
    expect((await history(data.conversationId)).data.messages).toHaveLength(2);
  });

  it('is read back in pages, from the end', async () => {
    const { data } = await say(gateway, user, 'everything', 'message 1');
    for (const n of [2, 3, 4]) {
      await say(gateway, user, 'everything', `message ${n}`, data.conversationId);
    }
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { data: History } = await history(
        data.conversationId,
        `?limit=3${cursor && `&cursor=${cursor}`}`,
      );
      pages.push(page.data.messages.map(({ content }) => content));
      cursor = page.data.nextCursor;
    }
    expect(pages).toEqual([
      ['Echo: message 3', 'message 4', 'Echo: message 4'],
      ['message 2', 'Echo: message 2', 'message 3'],
      ['message 1', 'Echo: message 1'],
    ]);
  });

  it('goes on from a cursor whose id is in upper case, and from the start for an empty one', async () => {
    const { conversationId } = (await say(gateway, user, 'everything', 'one')).data;
    await say(gateway, user, 'everything', 'two', conversationId);
    await say(gateway, user, 'everything', 'another conversation');
    const shout = (cursor: string | null) => {
      const key = Buffer.from(cursor!, 'base64url').toString().split(' ');
      const id = key.pop()!.toUpperCase();
      return Buffer.from([...key, id].join(' ')).toString('base64url');
    };
    const first = await history(conversationId, '?limit=1&cursor=');
    expect(first.data).toEqual((await history(conversationId, '?limit=1')).data);
    const [next, same] = [
      await history(conversationId, `?limit=2&cursor=${first.data.nextCursor}`),
      await history(
        conversationId.toUpperCase(),
        `?limit=2&cursor=${shout(first.data.nextCursor)}`,
      ),
    ];
    expect(next.data.messages).toHaveLength(2);
    expect(same.data).toEqual(next.data);
    const list = await conversations('?limit=1', user.token);
    expect((await conversations('?limit=1&cursor=', user.token)).data).toEqual(list.data);
    expect(
      (await conversations(`?limit=&cursor=${shout(list.data.nextCursor)}`, user.token)).data,
    ).toEqual((await conversations(`?cursor=${list.data.nextCursor}`, user.token)).data);
  });

  it('is listed among the own ones, the last used first, in pages', async () => {
    const other = await aUser(gateway);
    const ids: string[] = [];
    for (const text of ['first', 'second', 'third']) {
      ids.push((await say(gateway, other, 'everything', text)).data.conversationId);
    }
    await say(gateway, other, 'everything', 'again', ids[0]);
    const page = await conversations('?limit=2', other.token);
    expect(page.data.conversations.map(({ title }) => title)).toEqual(['first', 'third']);
    const rest = await conversations(`?limit=2&cursor=${page.data.nextCursor}`, other.token);
    expect(rest.data.conversations.map(({ title }) => title)).toEqual(['second']);
    expect(rest.data.nextCursor).toBeNull();
  });

  it('can be renamed and deleted', async () => {
    const { conversationId } = (await say(gateway, user, 'everything', 'to be renamed')).data;
    const path = `/api/chat/conversations/${conversationId}`;
    const renamed = await call(gateway, path, {
      method: 'PATCH',
      token: user.token,
      body: { title: ' Renamed\u200b\n' },
    });
    expect(renamed.data).toMatchObject({ conversationId, title: 'Renamed' });
    expect((await call(gateway, path, { method: 'DELETE', token: user.token })).status).toBe(200);
    expect((await history(conversationId)).status).toBe(404);
    expect(
      await query(gateway, `select id from messages where conversation_id = '${conversationId}'`),
    ).toEqual([]);
  });

  it('that is deleted while messages come is gone, and no call fails for it', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { conversationId } = (await say(gateway, user, 'everything', 'first')).data;
      const answers = await Promise.all([
        say(gateway, user, 'everything', 'second', conversationId),
        say(gateway, user, 'everything', 'third', conversationId),
        call(gateway, `/api/chat/conversations/${conversationId}`, {
          method: 'DELETE',
          token: user.token,
        }),
        say(gateway, user, 'everything', 'fourth', conversationId),
      ]);
      for (const { status } of answers) expect([200, 404]).toContain(status);
      // A message that came after the deletion has begun another one.
      expect(await textsOf(conversationId)).not.toContain('first');
    }
  });

  it('of another user answers as if it did not exist, whatever is tried', async () => {
    const owner = await aUser(gateway);
    const { conversationId } = (await say(gateway, owner, 'everything', 'mine')).data;
    const [{ runId }] = (await history(conversationId, '', owner.token)).data.messages as [Message];
    const nowhere = '01a20de4-0000-7000-8000-000000000000';
    const attempts = (conversation: string, run: string) =>
      Promise.all([
        history(conversation),
        call(gateway, `/api/chat/runs/${run}`, { token: user.token }),
        call(gateway, `/api/chat/conversations/${conversation}`, {
          method: 'PATCH',
          token: user.token,
          body: { title: 'taken over' },
        }),
        call(gateway, `/api/chat/conversations/${conversation}`, {
          method: 'DELETE',
          token: user.token,
        }),
      ]);
    const shape = (answers: Awaited<ReturnType<typeof attempts>>) =>
      answers.map(({ status, body }) => [status, body.error?.code, body.error?.message]);
    const answers = shape(await attempts(conversationId, runId));
    expect(answers).toEqual(shape(await attempts(nowhere, nowhere)));
    expect(answers.map(([status]) => status)).toEqual([404, 404, 404, 404]);
    expect((await history(conversationId, '', owner.token)).data.messages).toHaveLength(2);
  });

  it('is not reached by a cursor made for another', async () => {
    const owner = await aUser(gateway);
    const { conversationId } = (await say(gateway, owner, 'everything', 'hidden words')).data;
    const cursor = Buffer.from('ffffffff-ffff-7fff-bfff-ffffffffffff').toString('base64url');
    const mine = (await say(gateway, user, 'everything', 'x')).data.conversationId;
    expect((await history(mine, `?cursor=${cursor}`)).text).not.toContain('hidden words');
    expect((await history(conversationId, `?cursor=${cursor}`)).status).toBe(404);
    expect((await conversations(`?cursor=${cursor}`)).text).not.toContain(conversationId);
  });
});

describe('a run', () => {
  it('shows the state of its message', async () => {
    const { conversationId } = (await say(gateway, user, 'everything', 'hello')).data;
    const [{ runId }] = (await history(conversationId)).data.messages as [Message];
    const { data } = await call(gateway, `/api/chat/runs/${runId}`, { token: user.token });
    expect(data).toEqual({
      runId,
      conversationId,
      status: 'succeeded',
      createdAt: expect.any(String) as string,
      finishedAt: expect.any(String) as string,
    });
  });

  it('goes on when the phone hangs up, and its answer is in the history', async () => {
    const { conversationId } = (await say(gateway, user, 'everything', 'hello')).data;
    const hangUp = new AbortController();
    const sent = fetch(`${gateway.url}/api/chat`, {
      method: 'POST',
      signal: hangUp.signal,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${user.token}` },
      body: JSON.stringify({
        message: '/trigger-long-running-operation duration=4 steps=2',
        profile_id: 'everything',
        conversation_id: conversationId,
      }),
    });
    sent.catch(() => undefined);
    await expect
      .poll(async () => (await history(conversationId)).data.messages.at(-1)?.status)
      .toBe('running');
    hangUp.abort();
    await expect(sent).rejects.toThrow();
    await expect
      .poll(async () => (await history(conversationId)).data.messages.at(-1)?.content)
      .toMatch(/completed/i);
  });
});

describe('in production', () => {
  it('the assistant for developers is not there', async () => {
    const secrets = { JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() };
    const production = await startGateway({
      environment: { NODE_ENV: 'production', ...secrets },
    });
    const someone = await aUser(production);
    const { data } = await call<{ id: string }[]>(production, '/api/profiles', {
      token: someone.token,
    });
    expect(data.map(({ id }) => id)).toEqual(['calendar', 'memory', 'notes', 'tasks']);
    expect((await say(production, someone, 'everything', 'hi')).status).toBe(404);
  });
});
