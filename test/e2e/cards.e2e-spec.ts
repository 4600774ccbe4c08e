import { createHash, randomUUID } from 'node:crypto';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { calls, says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, type Card, say, type User } from './client.ts';
import { aSecret, type Gateway, query, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { anOddProfile, aProfilesDir } from './profiles.ts';
import { openStream } from './streams.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** An image of more than one chunk, in which no two bytes that meet are the same. */
const LARGE = Buffer.concat([
  PNG,
  Buffer.from(Uint16Array.from({ length: 500_000 }, (_, n) => n).buffer),
]);
const image = (bytes: Buffer, more: object = {}) => ({
  type: 'image',
  data: bytes.toString('base64'),
  mimeType: 'image/png',
  ...more,
});
const blob = (text: string, uri: string) => ({
  type: 'resource',
  resource: { uri, mimeType: 'image/png', blob: Buffer.from(text).toString('base64') },
});
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const HTML = '<!doctype html><script>alert(1)</script>';

const result = (...content: object[]) => ({ callResult: { content } });
const PROFILES: readonly [string, object][] = [
  ['large', result(image(LARGE))],
  [
    'failing',
    { callResult: { content: [{ type: 'text', text: 'No' }, image(PNG)], isError: true } },
  ],
  [
    'hostile',
    result(
      image(Buffer.from(SVG), { name: '../../a"; filename=x.svg' }),
      image(Buffer.from(HTML), { name: 'a\r\nSet-Cookie: x=y', mimeType: 'text/html' }),
      blob(HTML, 'file:///home/me/secret/page.html'),
      image(Buffer.from(`GIF89a\u0001\u0001${HTML}`, 'latin1'), { mimeType: 'text/html' }),
    ),
  ],
  [
    'links',
    {
      ...result(
        { type: 'resource_link', uri: 'file:///srv/data/report.csv', name: 'report.csv' },
        { type: 'resource_link', uri: 'https://example.com/x.png', name: 'web' },
        { type: 'resource_link', uri: 'notes://gone', name: 'gone' },
      ),
      resources: {
        'https://example.com/x.png': { contents: [{ text: 'asked for' }] },
        'file:///srv/data/report.csv': { contents: [{ uri: 'x', text: 'a,b\n1,2\n' }] },
      },
    },
  ],
  [
    'misfit',
    {
      tools: [
        {
          name: 'weather',
          inputSchema: { type: 'object' },
          outputSchema: { type: 'object', properties: { degrees: { type: 'number' } } },
        },
      ],
      callResult: {
        content: [{ type: 'text', text: 'Warm' }],
        structuredContent: { degrees: 'many' },
      },
    },
  ],
  ['many', result(...Array<object>(1_000).fill(image(PNG)))],
];

let model: ModelServer;
let gateway: Gateway;
let user: User;
beforeAll(async () => {
  model = await startModelServer(says('Hello.'));
  const profiles = PROFILES.map(([id, odd]) => {
    const tools = ['echo', ...(id === 'misfit' ? ['weather'] : [])];
    const toolRisks = Object.fromEntries(tools.map((name) => [name, 'read']));
    const profile = { ...anOddProfile(id, odd, tools), engine: 'model', toolRisks };
    return [`${id}.json`, profile] as const;
  });
  gateway = await startGateway({
    environment: {
      MODELS_DIR: aModelsDir(aModelFile('main', model.url, { default: true })),
      [MODEL_KEY]: aSecret(),
      PROFILES_DIR: aProfilesDir(Object.fromEntries(profiles)),
      QUOTA_CARDS_MB: '3',
    },
  });
  user = await aUser(gateway);
});

afterAll(() => model.close());

/** What a tool shows, and the answer beside it. */
async function shown(profileId: string, message = '/echo text=hi', as = user) {
  const { data } = await say(gateway, as, profileId, message);
  return { ...data, files: data.cards?.flatMap(({ files }) => files) ?? [] };
}

const get = (url: string, headers: Record<string, string> = {}, as: User | undefined = user) =>
  fetch(gateway.url + url, {
    headers: { ...(as && { Authorization: `Bearer ${as.token}` }), ...headers },
  });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('what a tool shows', () => {
  it('is a card with an image, in the answer, the history, the stream and both exports', async () => {
    const { response, cards, conversationId, files } = await shown('everything', '/get-tiny-image');
    expect(response).toContain('MCP logo');
    expect(response).not.toContain('[image');
    const [file] = files;
    expect(cards).toEqual([
      {
        callId: '1',
        title: 'Get Tiny Image Tool',
        text: response,
        files: [
          {
            id: expect.any(String) as string,
            url: `/api/chat/files/${file!.id}`,
            mediaType: 'image/png',
            name: 'image.png',
            sizeBytes: expect.any(Number) as number,
            width: 20,
            height: 20,
          },
        ],
      },
    ]);
    const read = <Data>(path: string) => call<Data>(gateway, path, { token: user.token });
    const history = await read<{ messages: { cards?: Card[] }[] }>(
      `/api/chat/history/${conversationId}`,
    );
    expect(history.data.messages.map((message) => message.cards)).toEqual([undefined, cards]);

    const path = `/api/chat/conversations/${conversationId}/export`;
    const json = JSON.parse((await read(`${path}?format=json`)).text) as typeof history.data;
    expect(json.messages[1]!.cards).toEqual(cards);
    expect((await read(path)).text).toContain(`\n[image.png](/api/chat/files/${file!.id})\n`);
    expect((await read('/api/me/export')).text).toContain(`/api/chat/files/${file!.id}`);

    const stream = await openStream(gateway, '/api/chat', user, {
      method: 'POST',
      body: { message: '/get-tiny-image', profile_id: 'everything' },
      headers: { Accept: 'text/event-stream' },
    });
    const parts = (await stream.ended).parts;
    const card = parts.find(({ type }) => type === 'data-card')!.data as unknown as Card;
    expect(card).toMatchObject({ title: 'Get Tiny Image Tool', files: [{ width: 20 }] });
    const served = await get(file!.url);
    expect(await bytesOf(served)).toEqual(await bytesOf(await get(card.files[0]!.url)));
  });

  it('is served in its type, to be shown, and never to run', async () => {
    const [file] = (await shown('everything', '/get-tiny-image')).files;
    const served = await get(file!.url);
    expect(served.status).toBe(200);
    const bytes = await bytesOf(served);
    expect(bytes).toHaveLength(file!.sizeBytes);
    const { headers } = served;
    expect(headers.get('content-type')).toBe('image/png');
    expect(headers.get('content-length')).toBe(String(file!.sizeBytes));
    expect(headers.get('content-disposition')).toBe(
      `inline; filename="image.png"; filename*=UTF-8''image.png`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('cache-control')).toBe('private, no-cache');
    const etag = headers.get('etag')!;
    expect(etag).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
    expect((await get(file!.url, { 'If-None-Match': etag })).status).toBe(304);
  });

  it('comes whole or in ranges, however large', async () => {
    const reader = await aUser(gateway);
    const [file] = (await shown('large', undefined, reader)).files;
    const ask = (range?: string) => get(file!.url, range ? { Range: range } : {}, reader);
    expect(await bytesOf(await ask())).toEqual(LARGE);
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 0],
      ['bytes=131070-131075', 131_070, 131_075],
      ['bytes=100-', 100, LARGE.length - 1],
      ['bytes=-300000', LARGE.length - 300_000, LARGE.length - 1],
      ['bytes=5-99999999', 5, LARGE.length - 1],
    ] as const) {
      const part = await ask(range);
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes ${from}-${to}/${LARGE.length}`,
      ]);
      expect(await bytesOf(part)).toEqual(LARGE.subarray(from, to + 1));
    }
    for (const odd of ['bytes=9-3', 'bytes=0-1,3-4', 'lines=1-2', 'x'.repeat(1_000)]) {
      expect((await ask(odd)).status).toBe(200);
    }
    expect((await ask(`bytes=${LARGE.length}-`)).status).toBe(416);
  });

  it('shows the files of a failure beside its words', async () => {
    const { response, errorCode, files } = await shown('failing');
    expect([response, errorCode, files.length]).toEqual(['No', 'tool_failed', 1]);
  });

  it('shows as many of a thousand images as a result may have', async () => {
    const { response, files } = await shown('many');
    expect(files).toHaveLength(16);
    expect(response).toBe('[984 more files are left out: it would be too much at once]');
  });

  it('reads what a result links to through its server alone, and names it without folders', async () => {
    const { response, files } = await shown('links');
    expect(response).toBe('[link web https://example.com/x.png]\n[link gone notes://gone]');
    expect(files).toEqual([
      expect.objectContaining({ name: 'report.csv', mediaType: 'text/plain; charset=utf-8' }),
    ]);
    const served = await get(files[0]!.url);
    expect(served.headers.get('content-disposition')).toMatch(/^attachment;/);
    expect(await served.text()).toBe('a,b\n1,2\n');
  });

  it('tells the person what is for them, and has no image where there is none', async () => {
    const tell = (type: string, more = '') =>
      shown('everything', `/get-annotated-message messageType=${type}${more}`);
    expect((await tell('success')).response).toBe('Operation completed successfully');
    const { response, files } = await tell('debug', ' includeImage=true');
    expect([response, files.length]).toEqual(['Here is the image.', 1]);
    expect((await tell('debug')).response).toBe('That worked. There is nothing to show.');
  });
});

describe('what a tool shows to a language model', () => {
  /** The last message that the model was told, when it has called a tool. */
  async function told(profileId: string, name: string, text: string, as = user) {
    model.answer(calls({ name, text }), says('There it is.'));
    const { data } = await say(gateway, as, profileId, 'Show me');
    const { messages } = model.asked.at(-1)!.body as unknown as { messages: { content: string }[] };
    return { data, content: messages.at(-1)!.content, all: JSON.stringify(messages) };
  }

  it('is a note, while the person has the file beside the words of the model', async () => {
    const { data, content, all } = await told('everything', 'get-tiny-image', '{}');
    expect(content).toContain('[image/png "image.png", shown to the person]');
    expect(all).not.toContain('iVBORw0KGgo');
    expect(data.response).toBe('There it is.');
    expect(data.cards).toEqual([
      expect.objectContaining({ callId: '1-1', files: [expect.objectContaining({ width: 20 })] }),
    ]);
    const { data: history } = await call<{ messages: { cards?: Card[] }[] }>(
      gateway,
      `/api/chat/history/${data.conversationId}`,
      { token: user.token },
    );
    expect(history.messages.at(-1)!.cards).toEqual(data.cards);
  });

  it('is what is meant for it', async () => {
    const tell = (messageType: string) =>
      told('everything', 'get-annotated-message', JSON.stringify({ messageType }));
    expect((await tell('debug')).content).toContain('Cache hit ratio');
    const { content, data } = await tell('success');
    expect(content).toContain('for the person alone');
    expect(content).not.toContain('completed');
    const card = { callId: '1-1', text: 'Operation completed successfully', files: [] };
    expect(data.cards).toMatchObject([card]);
    const path = `/api/chat/conversations/${data.conversationId}/export?format=json`;
    const { text } = await call(gateway, path, { token: user.token });
    expect((JSON.parse(text) as { messages: object[] }).messages[1]).toMatchObject({
      cards: [card],
    });
    const read = await call(gateway, path.replace('json', 'markdown'), { token: user.token });
    expect(read.text).toContain(`\n${data.response}\n\n${card.text}\n`);
  });

  it('is shown to the person alone also where their room for files is full', async () => {
    const owner = await aUser(gateway);
    await shown('everything', '/help', owner);
    await query(
      gateway,
      `update chat_usage set file_bytes = 3000000 where account_id = '${owner.userId}' returning account_id`,
    );
    const { data } = await told(
      'everything',
      'get-annotated-message',
      '{"messageType":"success"}',
      owner,
    );
    expect(data.cards).toMatchObject([{ text: 'Operation completed successfully', files: [] }]);
  });

  it('is held against the schema that the tool promises, and never lost', async () => {
    const { content } = await told('misfit', 'weather', '{}');
    expect(content).toContain('Warm\n[The tool promises another form: degrees must be number.]');
    await expect.poll(() => gateway.log()).toContain('"event":"chat.tool.misfit"');
    const fits = await told('everything', 'get-structured-content', '{"location":"Chicago"}');
    expect(fits.content).toContain('drizzle');
    expect(fits.content).not.toContain('promises');
  });
});

describe('a file of a hostile server', () => {
  it('is a download without a type, under a clean name, unless its bytes are an image', async () => {
    const { files } = await shown('hostile');
    const seen = await Promise.all(
      files.map(async ({ url }) => {
        const { headers } = await get(url);
        expect(headers.get('set-cookie')).toBeNull();
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        return [headers.get('content-type'), headers.get('content-disposition')];
      }),
    );
    const download = (plain: string, name: string) => [
      'application/octet-stream',
      `attachment; filename="${plain}"; filename*=UTF-8''${name}`,
    ];
    expect(seen).toEqual([
      download('file.svg', 'a%20%3B%20filename%3Dx.svg'),
      download('file', 'a%20Set-Cookie%20x%3Dy'),
      download('file.html', 'page.html'),
      ['image/gif', `inline; filename="image.gif"; filename*=UTF-8''image.gif`],
    ]);
  });
});

describe('a file of another account', () => {
  it('is as if it did not exist, as is a deleted one', async () => {
    const [file] = (await shown('everything', '/get-tiny-image')).files;
    const another = await aUser(gateway);
    const codeOf = async (url: string, as: User | undefined) => {
      const answer = await get(url, {}, as);
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      return [answer.status, error.code, error.message];
    };
    const missing = await codeOf(`/api/chat/files/${randomUUID()}`, user);
    expect(missing.slice(0, 2)).toEqual([404, 'file_not_found']);
    expect(await codeOf(file!.url, another)).toEqual(missing);
    expect((await fetch(gateway.url + file!.url)).status).toBe(401);
    const upper = `/api/chat/files/${file!.id.toUpperCase()}`;
    expect((await get(upper)).status).toBe(200);
    expect(await codeOf(upper, another)).toEqual(missing);
    for (const odd of ['x', '..%2F..%2Fetc%2Fpasswd', `${file!.id}%00`]) {
      expect((await get(`/api/chat/files/${odd}`)).status).toBe(400);
    }
  });
});

describe('the room for files', () => {
  it('comes back of a file that fails in the middle', async () => {
    const owner = await aUser(gateway);
    const [fail, mend] = gateway.environment.DATABASE_URL
      ? [
          'alter table card_file_chunks add constraint first_alone check (seq < 1) not valid',
          'alter table card_file_chunks drop constraint first_alone',
        ]
      : [
          `create trigger first_alone before insert on card_file_chunks
             when new.seq >= 1 begin select raise(abort, 'failed'); end`,
          'drop trigger first_alone',
        ];
    await query(gateway, fail);
    try {
      const { response, runs } = await lost(owner);
      expect([response, runs]).toEqual(['[There is no room for "image.png": not shown]', []]);
    } finally {
      await query(gateway, mend);
    }
    const used = `select file_bytes from chat_usage where account_id = '${owner.userId}'
      union all select file_bytes from conversations where account_id = '${owner.userId}'`;
    expect((await query(gateway, used)).map((row) => Number(row.file_bytes))).toEqual([0, 0]);
  });

  /** A large image that cannot be kept, and what is left of it. */
  async function lost(owner: User) {
    const { response, conversationId } = await shown('large', undefined, owner);
    const runs = await query(
      gateway,
      `select c.run_id from cards c join runs r on r.id = c.run_id
       where r.conversation_id = '${conversationId}'`,
    );
    return { response, runs };
  }

  it('is bounded for each account, comes back with what is deleted, and costs no answer', async () => {
    const owner = await aUser(gateway);
    const used = async () => {
      const { data } = await call<{ quotas: { cardBytes: { used: number; limit: number } } }>(
        gateway,
        '/api/me/usage',
        { token: owner.token },
      );
      return data.quotas.cardBytes;
    };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => shown('large', undefined, owner)),
    );
    expect(answers.filter(({ files }) => files.length === 1)).toHaveLength(2);
    expect(answers.map(({ response }) => response).sort()).toEqual([
      'Here is the image.',
      'Here is the image.',
      '[There is no room for "image.png": not shown]',
      '[There is no room for "image.png": not shown]',
    ]);
    expect(await used()).toEqual({ used: 2 * LARGE.length, limit: 3_000_000 });

    const full = answers.find(({ files }) => files.length === 1)!;
    await call(gateway, `/api/chat/conversations/${full.conversationId}`, {
      method: 'DELETE',
      token: owner.token,
    });
    expect((await get(full.files[0]!.url, {}, owner)).status).toBe(404);
    expect((await used()).used).toBe(LARGE.length);
    expect((await shown('large', undefined, owner)).files).toHaveLength(1);
    const left = `select id from card_files where id = '${full.files[0]!.id}'
      union all select file_id from card_file_chunks where file_id = '${full.files[0]!.id}'`;
    await expect.poll(() => query(gateway, left), { timeout: 20_000 }).toEqual([]);
  });
});
