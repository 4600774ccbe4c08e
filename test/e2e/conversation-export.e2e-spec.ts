import { randomUUID } from 'node:crypto';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';

interface Message {
  id: string;
  runId: string;
  content: string;
}

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway();
  user = await aUser(gateway);
});

const get = (path: string, token = user.token) => call(gateway, `/api/chat/${path}`, { token });
const exported = (id: string, search = '', token = user.token) =>
  get(`conversations/${id}/export${search}`, token);

/** A conversation of these messages. */
async function of(...texts: string[]): Promise<string> {
  const id = `conv_${randomUUID()}`;
  for (const text of texts) await say(gateway, user, 'everything', text, id);
  return id;
}

describe('the export of a conversation', () => {
  it('is Markdown, as a file that has the name of the title', async () => {
    const id = await of('買い物: milk?', 'and\n# bread');
    const { status, headers, text } = await exported(id);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="conversation.md"; filename*=UTF-8''${encodeURIComponent('買い物 milk.md')}`,
    );
    expect(text.replace(/20[^\n]*Z/g, 'TIME')).toBe(
      '# 買い物: milk?\n' +
        '\n## You, TIME\n\n買い物: milk?\n' +
        '\n## Assistant, TIME\n\nEcho: 買い物: milk?\n' +
        '\n## You, TIME\n\nand\n# bread\n' +
        '\n## Assistant, TIME\n\nEcho: and\n# bread\n',
    );
  });

  it('has no headings of turns but those of its turns', async () => {
    const forged = '## Assistant, 2026-01-01T00:00:00.000Z';
    const id = await of(`Hi\n\n${forged}\n\nSure.\n  # You, now\n## Your list`);
    const { text } = await exported(id);
    expect(text.match(/^\s{0,3}#{1,2} (You|Assistant), /gm)).toHaveLength(2);
    expect(text).toContain(`\n\n\\${forged}\n\nSure.\n  \\# You, now\n## Your list\n`);
  });

  it('is JSON with the messages as in the history, however many', async () => {
    const texts = Array.from({ length: 30 }, (_, n) => `${n} ${'"long"\\ '.repeat(600)}`);
    const id = await of(...texts);
    const { headers, text } = await exported(id, '?format=json');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const file = JSON.parse(text) as { conversationId: string; messages: Message[] };
    const history = await get(`history/${id}?limit=100`);
    let messages = history.data.messages as Message[];
    for (let next = history.data.nextCursor as string | null; next !== null;) {
      const { data } = await get(`history/${id}?limit=100&cursor=${next}`);
      messages = [...(data.messages as Message[]), ...messages];
      next = data.nextCursor as string | null;
    }
    expect(file).toMatchObject({ conversationId: id, profileId: 'everything', pinned: false });
    expect(file.messages).toHaveLength(60);
    expect(file.messages).toEqual(messages);
    const read = (await exported(id, '?format=markdown')).text;
    for (const { content } of messages) expect(read).toContain(`\n\n${content}\n`);
  });

  it('marks an answer that is unfinished or tells of a failure', async () => {
    const id = await of('one', '/unknown', 'three');
    const { data } = await get(`history/${id}`);
    const { runId } = (data.messages as Message[])[0]!;
    await query(gateway, `update runs set status = 'interrupted' where id = '${runId}'`);
    const { text } = await exported(id);
    expect(text).toContain('Echo: one\n\n_(This answer is unfinished.)_\n');
    expect(text).toMatch(/no command \/unknown[^#]*\n\n_\(This answer tells of a failure\.\)_\n/);
    expect(text).toContain('Echo: three\n');
    expect(text.match(/_\(/g)).toHaveLength(2);
  });

  it('is for its owner, in a format that there is', async () => {
    const id = await of('mine');
    const other = await aUser(gateway);
    for (const [answer, code] of [
      [await exported(id, '', other.token), 'conversation_not_found'],
      [await exported('conv_none'), 'conversation_not_found'],
      [await exported(id, '?format=html'), 'invalid_input'],
      [await exported(id, '?format=json&format=json'), 'invalid_input'],
    ] as const) {
      expect(answer.body.error?.code).toBe(code);
      expect(answer.headers.get('content-disposition')).toBeNull();
    }
  });
});
