import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

interface Message {
  role: string;
  content: string;
  status: string;
  runId: string;
  errorCode?: string;
  isError?: boolean;
}

const server = {
  name: 'arguments',
  transport: 'stdio',
  command: process.execPath,
  args: [resolve('test/e2e/argument-server.mjs')],
};

/** The same over HTTP, with JSON answers: the body of each call as it came. */
const calls: string[] = [];
const overHttp = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const { id, method } = JSON.parse(body || '{}') as { id?: number; method?: string };
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'tools/call') calls.push(body);
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'http', version: '1' },
      },
      'tools/list': { tools: [{ name: 'put', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: 'ok' }] },
    };
    const result = results[method ?? ''];
    const answer = result ? { result } : { error: { code: -32601, message: 'No such method' } };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
});
afterAll(() => void overHttp.close());

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  await new Promise<void>((listening) => overHttp.listen(0, '127.0.0.1', listening));
  const { port } = overHttp.address() as AddressInfo;
  const http = aProfile('http', {
    servers: [{ name: 'http', transport: 'http', url: `http://127.0.0.1:${port}/mcp` }],
    allowedTools: { http: ['put'] },
  });
  const profile = aProfile('arguments', {
    servers: [server],
    allowedTools: { arguments: ['search', 'get', 'fail', 'refuse', 'nothing'] },
  });
  gateway = await startGateway({
    environment: { PROFILES_DIR: aProfilesDir({ 'arguments.json': profile, 'http.json': http }) },
  });
  user = await aUser(gateway);
});

async function answerOf(profile: string, message: string): Promise<string> {
  return (await say(gateway, user, profile, message)).data.response;
}

const numberOfNotes = async () => {
  const [row] = await query(
    gateway,
    `select count(*) as count from personal_notes where owner_id = '${user.userId}'`,
  );
  return Number(row!.count);
};

describe('a command from the keyboard of a phone', () => {
  it.each([
    ['notes', '/add_note title=Milk text=\u201c2 litres\u201d', /^Saved as note \d+: Milk$/],
    ['notes', '/add_note title=Milk text=\u201e2 litres\u201c', /^Saved as note \d+: Milk$/],
    ['notes', '/add_note title=\u300cMilk\u300d text=\u00ab2 litres\u00bb', /: Milk$/],
    ['notes', '/add_note\u00a0title\uff1dMilk\u3000text=\u20182 litres\u2019', /: Milk$/],
    ['notes', '/add_note don\u2019t forget', /: don\u2019t forget$/],
    ['notes', '/Help', /No language model is configured/],
    ['notes', '/List_notes', /^You have /],
    ['notes', '/LIST_NOTES limit=\uff11', /The latest 1:/],
    ['notes', '/list_notes 1', /The latest 1:/],
    ['notes', '\uff0fhelp', /No language model is configured/],
    ['notes', '/ help', /No language model is configured/],
    ['notes', '\u200b/\u200bhelp@bot', /No language model is configured/],
    ['notes', '/read_note 1', /2 litres/],
    ['notes', '/read_note #1', /2 litres/],
    ['notes', '/read_note number=\uff11', /2 litres/],
    ['notes', '/search_notes \u201clitres\u201d', /^Found /],
    ['notes', '/add_note A\u0308rger im Дом', /^Saved as /],
    ['notes', '/search_notes ärger', /^Found 1 note\./],
    ['notes', '/search_notes query=ДОМ', /^Found 1 note\./],
    ['tasks', '/add_task \u300cdentist\u300d', /^Added as task 1: dentist$/],
    ['tasks', '/list_tasks Open', /dentist/],
    ['tasks', '/complete_task 1', /^Task 1 is done\.$/],
  ])('to %s is understood: %j', async (profile, message, answer) => {
    expect(await answerOf(profile, message)).toMatch(answer);
  });

  it.each([
    '/',
    '/ ',
    '\uff0f',
    '//',
    '/../etc',
    '/helpp',
    '\u2044list',
    '\ufeff/\u202ehelp me@x',
    '/\u0301help',
    `/${'x'.repeat(200)}`,
    '/\ud83c\udf4e',
  ])('that names no command is no note: %j', async (message) => {
    const before = await numberOfNotes();
    const { data } = await say(gateway, user, 'notes', message);
    expect([data.isError ?? false, data.response]).toEqual(
      message.includes('help me')
        ? [false, expect.stringContaining('/list_notes') as string]
        : [true, expect.stringContaining('There is no command /') as string],
    );
    expect(await numberOfNotes()).toBe(before);
  });
});

describe('the arguments of a command', () => {
  it.each([
    ['/search limit=5 query=milk', '{"limit":5,"query":"milk"}'],
    ['/search limit=null query="null"', '{"limit":null,"query":"null"}'],
    ['/search page=2 query=milk', '{"page":2,"query":"milk"}'],
    [
      '/search tags=a,b sort=Newest exact=true query=milk',
      '{"tags":["a","b"],"sort":"newest","exact":true,"query":"milk"}',
    ],
    ['/search milk', '{"query":"milk"}'],
    ['/get id=1915883588174806058', '{"id":1915883588174806058}'],
    ['/get 1915883588174806058', '{"id":1915883588174806058}'],
    ['/get {"id":1915883588174806058}', '{"id":1915883588174806058}'],
    [
      '/get {"id":9007199254740993,"in":[1e400,0.1000000000000000055]}',
      '{"id":9007199254740993,"in":[1e400,0.1000000000000000055]}',
    ],
  ])('reach the tool as the types of its schema, number for number: %s', async (message, sent) => {
    expect(await answerOf('arguments', message)).toBe(sent);
  });

  it('reach a server over HTTP number for number', async () => {
    expect(await answerOf('http', '/put {"id":1915883588174806058,"n":[1e400]}')).toBe('ok');
    expect(calls).toEqual([
      expect.stringContaining('"arguments":{"id":1915883588174806058,"n":[1e400]}') as string,
    ]);
  });

  it('that a built-in tool cannot keep exactly are refused in words', async () => {
    for (const message of [
      '/read_note 9007199254740993',
      '/read_note {"number":9007199254740993}',
    ]) {
      const { data } = await say(gateway, user, 'notes', message);
      expect([data.isError, data.response]).toEqual([true, expect.stringMatching(/number/i)]);
      expect(data.response).not.toMatch(/MCP error|rawJSON/);
    }
  });
});

describe('a failure that has words', () => {
  it.each([
    ['notes', '/unknown', 'command_refused', /^There is no command \/unknown here/],
    ['notes', '/add_note {"text":', 'command_refused', /not valid JSON/],
    ['notes', '/read_note number=seven', 'command_refused', /must be a number/],
    ['notes', '/read_note number=99', 'tool_failed', /^There is no note 99\.$/],
    ['notes', '/read_note', 'tool_failed', /^number: Use a whole number, such as 3\.$/],
    ['notes', '/read_note number=1 extra=2', 'tool_failed', /extra/],
    ['arguments', '/fail', 'tool_failed', /^The disk is full\.$/],
    ['arguments', '/refuse', 'tool_failed', /^a: Required$/],
  ])('of %s is told as one, at once and later: %s', async (profile, message, errorCode, words) => {
    const { status, data } = await say(gateway, user, profile, message);
    expect([status, data.isError, data.errorCode]).toEqual([200, true, errorCode]);
    expect(data.response).toMatch(words);
    expect(data.response).not.toMatch(/MCP|-326|\bvalidation\b|Invalid arguments/);

    const history = await call<{ messages: Message[] }>(
      gateway,
      `/api/chat/history/${data.conversationId}`,
      { token: user.token },
    );
    const state = { status: 'failed', errorCode };
    expect(history.data.messages).toEqual([
      expect.objectContaining({ role: 'user', content: message, ...state }),
      expect.objectContaining({
        role: 'assistant',
        content: data.response,
        ...state,
        isError: true,
      }),
    ]);
    expect(history.data.messages[0]).not.toHaveProperty('isError');
    const [{ runId }] = history.data.messages as [Message];
    const run = await call(gateway, `/api/chat/runs/${runId}`, { token: user.token });
    expect(run.data).toMatchObject({ ...state, finishedAt: expect.any(String) as string });
  });

  it('is none where a tool succeeds and has nothing to say', async () => {
    const { data } = await say(gateway, user, 'arguments', '/nothing');
    expect(data.response).toMatch(/nothing to show/);
    expect(data).not.toHaveProperty('isError');
    expect(data).not.toHaveProperty('errorCode');
  });
});
