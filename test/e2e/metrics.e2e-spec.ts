import { aUser, call, say, type User } from './client.ts';
import { freePort, type Gateway, startGateway } from './gateway.ts';

const TOKEN = 'a-token-of-scrapers-7Qx2vN9cB4';

/** The samples of a text of metrics: name and labels as they stand there, and the value. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

describe('metrics', () => {
  let gateway: Gateway;
  let port: number;
  let user: User;

  beforeAll(async () => {
    port = await freePort();
    gateway = await startGateway({
      environment: {
        METRICS_TOKEN: TOKEN,
        METRICS_PORT: String(port),
        LIMIT_EXPORT: '1/1h',
        HOST: '127.0.0.1',
      },
    });
    user = await aUser(gateway);
  });

  async function scrape(): Promise<{ text: string; of: Map<string, number> }> {
    const answer = await fetch(`${gateway.url}/metrics`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    return { text, of: samples(text) };
  }

  it.each(['', `Bearer ${TOKEN}x`, `bearer ${TOKEN}`, TOKEN, 'Bearer '])(
    'are not for a caller with %j',
    async (authorization) => {
      const answer = await fetch(`${gateway.url}/metrics`, {
        headers: { Authorization: authorization },
      });
      expect([answer.status, await answer.text()]).toEqual([401, '']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="metrics"');
    },
  );

  it('are not there where the configuration does not open them', async () => {
    const closed = await startGateway();
    expect((await call(closed, '/metrics')).status).toBe(404);
  });

  it('are alone on a port of their own', async () => {
    const inner = `http://127.0.0.1:${port}`;
    expect(samples(await (await fetch(`${inner}/metrics`)).text()).size).toBeGreaterThan(50);
    for (const path of ['/', '/health', '/api/profiles', '/metrics/x']) {
      expect((await fetch(`${inner}${path}`)).status).toBe(404);
    }
    expect((await fetch(`${inner}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('count requests, sign-ins, runs, tools and limits', async () => {
    const before = (await scrape()).of;
    const chat = await say(gateway, user, 'notes', '/add_note title=Milk text=m');
    await say(gateway, user, 'notes', '/read_note 99');
    const wrong = { username: user.username, password: 'not the password' };
    await call(gateway, '/api/auth/login', { body: wrong });
    for (let n = 0; n < 3; n += 1) await call(gateway, '/api/me/export', { token: user.token });
    const { text, of } = await scrape();
    const added = (sample: string) => (of.get(sample) ?? 0) - (before.get(sample) ?? 0);
    expect(added('gateway_http_requests_total{method="POST",route="/api/chat",status="200"}')).toBe(
      2,
    );
    expect(added('gateway_runs_total{profile="notes",status="succeeded"}')).toBe(1);
    expect(added('gateway_runs_total{profile="notes",status="failed"}')).toBe(1);
    expect(added('gateway_run_duration_seconds_count{profile="notes"}')).toBe(2);
    const called = 'gateway_tool_calls_total{server="personal-tools",outcome=';
    expect(added(`${called}"succeeded"}`)).toBe(1);
    expect(added(`${called}"tool_failed"}`)).toBe(1);
    const opened = 'gateway_actions_total{action="session.opened",outcome=';
    expect(added(`${opened}"invalid_credentials"}`)).toBe(1);
    expect(added('gateway_limits_hit_total{limit="export"}')).toBeGreaterThan(0);
    expect(of.get('gateway_active_runs')).toBe(0);
    for (const name of [user.username, user.userId, chat.data.conversationId, 'Milk']) {
      expect(text).not.toContain(name);
    }
  });

  it('grow by nothing that a client makes up', async () => {
    const before = (await scrape()).of.size;
    for (let n = 0; n < 60; n += 1) {
      await call(gateway, `/api/unknown-${n}`, { method: n % 2 ? 'GET' : 'DELETE' });
      await call(gateway, `/unknown-${n}`);
      await call(gateway, `/api/chat/history/conversation-${n}`, { token: user.token });
    }
    const { text, of } = await scrape();
    expect(text).not.toMatch(/unknown-|conversation-/);
    // A few routes, methods and statuses that had not been asked for before, with the parts of their histograms.
    expect(of.size - before).toBeLessThan(90);
  });
});
