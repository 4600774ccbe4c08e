import { aUser, call, say, type User } from './client.ts';
import { isSecret } from './evidence.ts';
import { type Gateway, linesOf, query, startGateway } from './gateway.ts';

interface Line {
  level: string;
  timestamp: string;
  service: string;
  requestId?: string;
  message: string;
  metadata: Record<string, unknown>;
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const lines = () =>
  gateway
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const linesOfCall = async (headers: Headers) =>
  (await linesOf(gateway, headers)).map((line) => JSON.parse(line) as Line);

describe('the log', () => {
  it('is JSON, one object a line, in the agreed form', async () => {
    const { headers } = await call(gateway, '/api/profiles');
    const written = await linesOfCall(headers);
    const line = written.find(({ message }) => message === 'http.request');
    expect(line).toEqual({
      level: 'info',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      service: 'mcp-gateway',
      requestId: headers.get('x-request-id'),
      message: 'http.request',
      metadata: {
        event: 'http.request',
        method: 'GET',
        route: '/api/profiles',
        statusCode: 401,
        durationMs: expect.any(Number) as number,
      },
    });
  });

  it('has no line for a successful probe, as probes call every few seconds', async () => {
    for (const path of ['/health', '/health/ready', '/health/ready?x']) await call(gateway, path);
    const { headers } = await call(gateway, '/health/nothing');
    await linesOfCall(headers);
    const routes = lines().map(({ metadata }) => (metadata as { route?: string }).route);
    expect(routes.filter((route) => route?.startsWith('/health'))).toEqual([]);
  });

  it('names the user and the pattern of the address, not the address', async () => {
    const user = await aUser(gateway);
    const { data } = await say(gateway, user, 'everything', 'hello');
    const { headers } = await call(gateway, `/api/chat/history/${data.conversationId}?limit=7`, {
      token: user.token,
    });
    const [line] = await linesOfCall(headers);
    expect(line?.metadata).toMatchObject({
      route: '/api/chat/history/:conversationId',
      userId: user.userId,
    });
    expect(JSON.stringify(line)).not.toContain(data.conversationId);
  });

  it('tells of a failed login without what was typed', async () => {
    const user = await aUser(gateway);
    const { headers } = await call(gateway, '/api/auth/login', {
      body: { username: user.username, password: 'a wrong password' },
    });
    const told = await linesOfCall(headers);
    expect(told.map(({ message }) => message)).toContain('auth.login.failed');
    expect(told.find(({ message }) => message === 'auth.login.failed')?.metadata.userId).toBe(
      user.userId,
    );
  });

  it('keeps personal data to itself, wherever it is sent', async () => {
    const email = 'ada.lovelace@example.org';
    const phone = '+44 20 7946 0958';
    for (const text of [email, phone]) isSecret(text);
    const { data } = await call<User>(gateway, '/api/auth/register', {
      body: { username: email, password: 'difference engine' },
    });
    const user = { token: data.accessToken };
    await call(gateway, '/api/auth/login', { body: { username: email, password: phone } });
    await call(gateway, `/api/profiles/${encodeURIComponent(email)}`, user);
    await call(gateway, `/api/${email}?phone=${encodeURIComponent(phone)}`, {
      headers: { 'User-Agent': email, Referer: `https://x.example/${phone}` },
    });
    await call(gateway, '/api/auth/login', { body: `{"username":"${email}",` });
    await call(gateway, '/api/chat', { ...user, body: { message: phone, [email]: phone } });
    await say(gateway, user, 'notes', `call me: ${phone} or ${email}`);
    await say(gateway, user, 'notes', `/read_note ${phone}`);
    await say(gateway, user, 'memory', `/open_nodes {"names":"${email}"}`);
    const { headers } = await say(gateway, user, 'everything', `/get-sum a=${email}`);
    await linesOfCall(headers);
    expect(gateway.log()).not.toMatch(/lovelace|7946|difference/i);
  });

  it('has no line that a client can forge', async () => {
    const forged = '{"level":"info","message":"forged"}';
    const { headers } = await call(gateway, `/api/%0a${encodeURIComponent(forged)}`);
    await linesOfCall(headers);
    expect(lines().map(({ message }) => message)).not.toContain('forged');
  });
});

describe('the audit trail', () => {
  const recordOf = async (requestId: string | null) => {
    const [record] = await query(
      gateway,
      `select * from audit_records where request_id = '${requestId}' and action <> 'owner.told'`,
    );
    return record;
  };
  const idOf = ({ headers }: { headers: Headers }) => headers.get('x-request-id');

  it('knows who signed in, from where and when', async () => {
    const user = await aUser(gateway);
    const before = Date.now();
    const answer = await call(gateway, '/api/auth/login', {
      body: { username: user.username, password: user.password },
    });
    const record = await recordOf(idOf(answer));
    expect(record).toMatchObject({
      actor_id: user.userId,
      action: 'session.opened',
      outcome: 'succeeded',
      ip: '127.0.0.1',
    });
    const occurred = new Date(record!.occurred_at as string | number).getTime();
    expect(Math.abs(occurred - before)).toBeLessThan(60_000);
  });

  it('keeps what was refused, with the reason', async () => {
    const user = await aUser(gateway);
    const answer = await call(gateway, '/api/auth/login', {
      body: { username: user.username, password: 'a wrong password' },
    });
    expect(await recordOf(idOf(answer))).toMatchObject({
      actor_id: null,
      action: 'session.opened',
      outcome: 'invalid_credentials',
    });
  });

  it('knows which conversation a message went to', async () => {
    const user = await aUser(gateway);
    const answer = await say(gateway, user, 'everything', 'hello');
    expect(await recordOf(idOf(answer))).toMatchObject({
      actor_id: user.userId,
      action: 'message.sent',
      object_type: 'conversation',
      object_id: answer.data.conversationId,
      outcome: 'succeeded',
    });
  });

  it('names the conversation that another user tried to delete', async () => {
    const [owner, other] = [await aUser(gateway), await aUser(gateway)];
    const { conversationId } = (await say(gateway, owner, 'everything', 'hello')).data;
    const answer = await call(gateway, `/api/chat/conversations/${conversationId}`, {
      method: 'DELETE',
      token: other.token,
    });
    expect(await recordOf(idOf(answer))).toMatchObject({
      actor_id: other.userId,
      action: 'conversation.deleted',
      object_id: conversationId,
      outcome: 'conversation_not_found',
    });
  });

  it('takes no text of a client for an id', async () => {
    const user = await aUser(gateway);
    const answer = await call(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'x', profile_id: 'notes', conversation_id: "my secret' diary" },
    });
    expect(answer.status).toBe(400);
    expect(await recordOf(idOf(answer))).toMatchObject({
      action: 'message.sent',
      object_id: null,
      outcome: 'invalid_input',
    });
  });

  it('has a policy for every route that changes something', async () => {
    const { readFileSync } = await import('node:fs');
    const table = readFileSync('test/e2e/routes.md', 'utf8');
    for (const [, method, path] of table.matchAll(
      /`(POST|PUT|PATCH|DELETE) (\S+)` \| (?:public|user)\b/g,
    )) {
      const answer = await call(
        gateway,
        path!.replace(/:\w+/g, '01a20de4-0000-7000-8000-000000000000'),
        {
          method: method!,
          token: (await aUser(gateway)).token,
          body: {},
        },
      );
      expect([path, Boolean(await recordOf(idOf(answer)))]).toEqual([path, true]);
    }
  });
});
