import { type Answer, aUser, call, type User, say } from '../e2e/client.ts';
import { type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { client, closeClients } from './raw-client.ts';

afterAll(closeClients);

/** Gives a user an export that exceeds every buffer of the system. */
async function withMuchData(gateway: Gateway): Promise<User> {
  const user = await aUser(gateway);
  for (let n = 0; n < 16; n += 1) await say(gateway, user, 'notes', `note ${n}`);
  await query(gateway, `update personal_notes set text = '${'x'.repeat(2_000_000)}'`);
  return user;
}

const exportRequest = ({ token }: User, method = 'GET') =>
  `${method} /api/me/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

describe('HEAD', () => {
  it('runs nothing, and audits no export', async () => {
    const gateway = await startGateway();
    const user = await aUser(gateway);
    for (const path of ['/api/me/export', '/api/chat/conversations', '/api/auth/me']) {
      const answer = await call(gateway, path, { method: 'HEAD', token: user.token });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    }
    expect((await call(gateway, '/health', { method: 'HEAD' })).status).toBe(200);
    expect(
      await query(gateway, `select id from audit_records where action = 'data.exported'`),
    ).toEqual([]);
  });
});

describe('an export that is not read', () => {
  let gateway: Gateway;
  let user: User;
  beforeAll(async () => {
    gateway = await startGateway({
      environment: { SHUTDOWN_DRAIN: '1s', LIMIT_EXPORT: '7/1h' },
    });
    user = await withMuchData(gateway);
  });
  const exported = (of: User) => call(gateway, '/api/me/export', { token: of.token });

  it('is the only one of its account, until its client is gone', async () => {
    const reader = await client(gateway, exportRequest(user));
    await expect
      .poll(async () =>
        query(gateway, `select id from audit_records where action = 'data.exported'`),
      )
      .toHaveLength(1);
    const second = await exported(user);
    expect([second.status, second.body.error?.code]).toEqual([429, 'export_busy']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await exported(await aUser(gateway))).status).toBe(200);
    reader.destroy();
    await expect.poll(async () => (await exported(user)).status).toBe(200);
  });

  it('has a limit of its own', async () => {
    const other = await aUser(gateway);
    const statuses = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await exported(other)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 429]);
    const { headers } = await exported(other);
    expect(headers.get('ratelimit-policy')).toContain('"export";q=7;w=3600');
    expect((await call(gateway, '/api/auth/me', { token: other.token })).status).toBe(200);
  });

  it('keeps no process from ending', async () => {
    const reader = await client(gateway, exportRequest(user));
    await client(gateway, 'POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    await client(gateway);
    await expect.poll(() => reader.bytesRead + reader.readableLength).toBeGreaterThan(0);
    expect(await gateway.stop()).toBe(0);
  });
});

describe('a message whose server hangs', () => {
  it('keeps no process from ending', async () => {
    const gateway = await startGateway({
      environment: { SHUTDOWN_DRAIN: '1s' },
    });
    const user = await aUser(gateway);
    const command = '/trigger-long-running-operation duration=60 steps=2';
    void say(gateway, user, 'everything', command).catch(() => undefined);
    await expect
      .poll(() => query(gateway, `select id from runs where status = 'running'`))
      .toHaveLength(1);
    expect(await gateway.stop()).toBe(0);
    expect(gateway.log()).not.toContain('"level":"fatal"');
  });
});

interface Page {
  readonly messages: readonly { id: string }[];
  readonly nextCursor: string | null;
}

describe('a page of history', () => {
  it('has a bound in bytes, and the cursor leads through all of it', async () => {
    const gateway = await startGateway();
    const user = await aUser(gateway);
    const { data } = await say(gateway, user, 'notes', 'first');
    for (let n = 0; n < 9; n += 1) await say(gateway, user, 'notes', `n ${n}`, data.conversationId);
    await query(gateway, `update messages set content = '${'y'.repeat(65_000)}'`);
    const ids: string[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null && pages < 30) {
      const page: Answer<Page> = await call<Page>(
        gateway,
        `/api/chat/history/${data.conversationId}?limit=100${cursor && `&cursor=${cursor}`}`,
        { token: user.token },
      );
      expect(page.text.length).toBeLessThan(400_000);
      ids.push(...page.data.messages.map(({ id }) => id).toReversed());
      cursor = page.data.nextCursor;
      pages += 1;
    }
    expect([new Set(ids).size, ids.length, pages]).toEqual([20, 20, 5]);
    expect(ids).toEqual(ids.toSorted().toReversed());
  });
});
