import { aUser, call, say, type User } from './client.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { aHostileProfile, aProfile, aProfilesDir } from './profiles.ts';

/** Those that hang have little time; how fast others start on a busy machine is not their subject. */
const secondsOf = (habit: string) => (habit.startsWith('hangs') ? 2 : 20);
/** More than ten short conversations take, however busy the machine. */
const PATIENCE = 15;
/** Beyond its own limit, and far from any other that would end it: milliseconds. */
const LATE = 15_000;
const HABITS = [
  ['hangs-on-call', 504, 'assistant_timeout'],
  ['hangs-on-connect', 504, 'assistant_timeout'],
  ['crashes-on-call', 502, 'assistant_unavailable'],
  ['garbage', 502, 'assistant_failed'],
  ['garbage-on-call', 502, 'assistant_failed'],
  ['huge-result', 502, 'answer_too_large'],
] as const;

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway({
    environment: {
      PROFILES_DIR: aProfilesDir({
        ...Object.fromEntries(
          HABITS.map(([habit]) => [`${habit}.json`, aHostileProfile(habit, secondsOf(habit))]),
        ),
        'patient.json': { ...aHostileProfile('hangs-on-call', PATIENCE), id: 'patient' },
        'not-there.json': aProfile('not-there', {
          servers: [{ name: 'gone', transport: 'stdio', command: '/nowhere/to-be-found' }],
          allowedTools: { gone: ['echo'] },
          defaultTool: { name: 'echo', argument: 'text' },
        }),
        'half.json': aProfile('half', {
          servers: [
            { name: 'gone', transport: 'stdio', command: '/nowhere/to-be-found' },
            { name: 'personal-tools', transport: 'built-in' },
          ],
          allowedTools: { gone: ['weather', 'forecast'], 'personal-tools': ['add_note'] },
          defaultTool: { name: 'add_note', argument: 'text' },
        }),
        'refused.json': aProfile('refused', {
          servers: [{ name: 'closed', transport: 'http', url: 'http://127.0.0.1:9/mcp' }],
          allowedTools: { closed: ['echo'] },
          defaultTool: { name: 'echo', argument: 'text' },
        }),
      }),
    },
  });
  user = await aUser(gateway);
});

describe('a server behind an assistant that', () => {
  it.each(HABITS)('%s fails that one message in time and clearly', async (habit, status, code) => {
    const startedAt = performance.now();
    const answer = await say(gateway, user, habit, 'hello there, are you well?');
    expect(performance.now() - startedAt).toBeLessThan(LATE);
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
    expect(answer.text).not.toMatch(/mcp|hostile|stdio|node|\/\w+\//i);

    const { conversationId } = answer.body.error!;
    const { data } = await call<{ messages: object[] }>(
      gateway,
      `/api/chat/history/${conversationId}`,
      { token: user.token },
    );
    expect(data.messages).toEqual([
      expect.objectContaining({
        role: 'user',
        content: 'hello there, are you well?',
        status: 'failed',
        errorCode: code,
      }),
    ]);
  });

  it.each(['not-there', 'refused'])('cannot be reached (%s) is reported as such', async (id) => {
    const answer = await say(gateway, user, id, 'hello');
    expect([answer.status, answer.body.error?.code]).toEqual([502, 'assistant_unavailable']);
    expect(answer.text).not.toMatch(/ENOENT|ECONNREFUSED|nowhere|127\.0\.0\.1/);
  });

  it('is one of two leaves the commands of the other, and says which are away', async () => {
    const help = await say(gateway, user, 'half', '/help');
    expect(help.status).toBe(200);
    expect(help.data.response).toMatch(/\/add_note text=<string>/);
    expect(help.data.response).toMatch(/Not available at the moment: \/weather, \/forecast\./);

    const capabilities = await call<{ commands: { name: string }[]; unavailable?: string[] }>(
      gateway,
      '/api/profiles/half/capabilities',
      { token: user.token },
    );
    expect(capabilities.status).toBe(200);
    expect(capabilities.data.commands.map(({ name }) => name)).toEqual(['add_note']);
    expect(capabilities.data.unavailable).toEqual(['weather', 'forecast']);

    expect((await say(gateway, user, 'half', '/add_note text=milk')).status).toBe(200);
    expect((await say(gateway, user, 'half', '/weather')).body.error?.code).toBe(
      'assistant_unavailable',
    );
  });

  it('misbehaves harms no other conversation meanwhile', async () => {
    const other = await aUser(gateway);
    await say(gateway, other, 'everything', 'are you there?');
    const failing = HABITS.map(([habit]) => say(gateway, user, habit, 'hello'));
    let isHanging = true;
    const hanging = say(gateway, user, 'patient', 'hello').finally(() => (isHanging = false));
    for (let n = 0; n < 10; n += 1) {
      const { data } = await say(gateway, other, 'everything', `still here ${n}`);
      expect(data.response).toBe(`Echo: still here ${n}`);
    }
    // None of them waited for it.
    expect(isHanging).toBe(true);
    expect((await hanging).status).toBe(504);
    for (const answer of await Promise.all(failing)) expect(answer.status).toBeGreaterThan(500);
    expect((await call(gateway, '/health/ready')).status).toBe(200);
  });
});

describe('more people than connections', () => {
  it('are told when to come back, where their turn does not come', async () => {
    const crowded = await startGateway({
      environment: {
        MCP_MAX_PROCESSES: '1',
        MCP_QUEUE_SECONDS: '1',
        PROFILES_DIR: aProfilesDir({ 'hangs-on-call.json': aHostileProfile('hangs-on-call', 5) }),
      },
    });
    const [first, second] = [await aUser(crowded), await aUser(crowded)];
    const hanging = say(crowded, first, 'hangs-on-call', 'hello');
    await expect
      .poll(async () =>
        (await (await fetch(`${crowded.url}/health/ready`)).text()).includes('"open":1'),
      )
      .toBe(true);
    const answer = await say(crowded, second, 'hangs-on-call', 'hello');
    expect([answer.status, answer.body.error?.code]).toEqual([503, 'assistant_busy']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await hanging).body.error?.code).toBe('assistant_timeout');
  });
});
