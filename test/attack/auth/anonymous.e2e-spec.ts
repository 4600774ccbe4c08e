import { aUser, call, say, type Tokens } from '../../e2e/client.ts';
import { type Gateway, startGateway } from '../../e2e/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const start = (on: Gateway = gateway) =>
  call<Tokens>(on, '/api/auth/device', { body: { device: { name: 'A phone' } } });
const upgrade = (token: string, username: string, password = 'a fine long password') =>
  call<Tokens>(gateway, '/api/auth/upgrade', { token, body: { username, password } });
const me = (token: string) => call(gateway, '/api/auth/me', { token });

describe('an anonymous account', () => {
  it('chats, and has no username in its view', async () => {
    const device = await start();
    expect(device.status).toBe(201);
    const token = device.data.accessToken;
    expect((await me(token)).data).toMatchObject({ username: null, isAnonymous: true });
    const answer = await say(gateway, { token }, 'notes', '/add_note title=Milk text="2 litres"');
    expect(answer.status).toBe(200);
  });

  it('renews its session like any other account', async () => {
    const { data } = await start();
    const answer = await call<Tokens>(gateway, '/api/auth/refresh', {
      body: { refreshToken: data.refreshToken },
    });
    expect(answer.data.userId).toBe(data.userId);
  });

  it('has no username that a login accepts', async () => {
    const { data } = await start();
    for (const username of [`~${data.userId}`, data.userId]) {
      for (const password of ['', 'null', 'undefined', 'a fine long password']) {
        const answer = await call(gateway, '/api/auth/login', { body: { username, password } });
        expect([400, 401, 429]).toContain(answer.status);
      }
    }
    const taken = await call(gateway, '/api/auth/register', {
      body: { username: `~${data.userId}`, password: 'a fine long password' },
    });
    expect(taken.status).toBe(400);
  });

  it('must register before it can set or prove a password', async () => {
    const { data } = await start();
    const token = data.accessToken;
    const change = await call(gateway, '/api/auth/password', {
      method: 'PUT',
      token,
      body: { currentPassword: 'x', newPassword: 'a fine long password' },
    });
    const stepUp = await call(gateway, '/api/auth/step-up', { token, body: { password: 'x' } });
    expect([change.body.error?.code, stepUp.body.error?.code]).toEqual([
      'account_required',
      'account_required',
    ]);
  });

  it('has a quota of messages across renewals; a registered account has its own', async () => {
    const limited = await startGateway({
      environment: { LIMIT_ANONYMOUS: '3/1d' },
    });
    const { data } = await start(limited);
    const user = await aUser(limited);
    let token = data.accessToken;
    for (let n = 0; n < 3; n += 1) {
      expect((await say(limited, { token }, 'notes', '/list_notes')).status).toBe(200);
    }
    const renewed = await call<Tokens>(limited, '/api/auth/refresh', {
      body: { refreshToken: data.refreshToken },
    });
    token = renewed.data.accessToken;
    const refused = await say(limited, { token }, 'notes', '/list_notes');
    expect([refused.status, refused.headers.get('ratelimit')]).toEqual([
      429,
      expect.stringContaining('"anonymous";r=0') as string,
    ]);
    for (let n = 0; n < 4; n += 1) {
      expect((await say(limited, user, 'notes', '/list_notes')).status).toBe(200);
    }
  });

  it('can be created a limited number of times from one client address', async () => {
    const limited = await startGateway({ environment: { LIMIT_DEVICE: '3/1h' } });
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await start(limited)).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
  });
});

describe('upgrading an anonymous account', () => {
  it('keeps the conversations and replaces the session', async () => {
    const { data: device } = await start();
    const chat = await say(
      gateway,
      { token: device.accessToken },
      'notes',
      '/add_note title=A text=B',
    );
    const answer = await upgrade(device.accessToken, 'upgraded');
    expect(answer.status).toBe(200);
    expect(answer.data.userId).toBe(device.userId);
    expect((await me(device.accessToken)).status).toBe(401);
    const token = answer.data.accessToken;
    expect((await me(token)).data).toMatchObject({ username: 'upgraded', isAnonymous: false });
    const history = await call(gateway, `/api/chat/history/${chat.data.conversationId}`, { token });
    expect(history.status).toBe(200);
    const login = await call<Tokens>(gateway, '/api/auth/login', {
      body: { username: 'upgraded', password: 'a fine long password' },
    });
    expect(login.data.userId).toBe(device.userId);
  });

  it('refuses a taken username, and leaves the account anonymous', async () => {
    const user = await aUser(gateway);
    const { data } = await start();
    const answer = await upgrade(data.accessToken, user.username.toUpperCase());
    expect([answer.status, answer.body.error?.code]).toEqual([409, 'username_taken']);
    expect((await me(data.accessToken)).data).toMatchObject({ isAnonymous: true });
  });

  it('happens once of many concurrent requests', async () => {
    const { data } = await start();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => upgrade(data.accessToken, `raced-${n}`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is refused for a registered account', async () => {
    const user = await aUser(gateway);
    const answer = await upgrade(user.token, 'second-name');
    expect([answer.status, answer.body.error?.code]).toEqual([409, 'not_anonymous']);
  });
});
