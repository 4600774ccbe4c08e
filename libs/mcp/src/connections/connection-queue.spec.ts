import { MetricsText } from '@app/metrics';
import { Logger } from '@nestjs/common';
import type { McpConfig } from '../mcp.config.js';
import type { McpError } from '../mcp.error.js';
import { InProcessServers } from '../testing/in-process-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import { McpConnections } from './mcp-connections.js';

const accountId = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

describe('the queue for connections', () => {
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  let servers: InProcessServers;
  let connections: McpConnections;

  const connect = (callMs: number, overrides: Partial<McpConfig> = {}) => {
    servers = new InProcessServers(callMs);
    connections = new McpConnections(
      anMcpConfig({
        maxConnections: 20,
        maxProcesses: 20,
        queueLength: 1000,
        queueSeconds: 60,
        allowsLoopback: false,
        ...overrides,
      }),
      servers,
    );
  };
  afterEach(() => connections.onApplicationShutdown());

  const call = async (
    user: number,
    { profileId = 'assistant', name = 'x', signal = AbortSignal.timeout(60_000) } = {},
  ) => {
    const target = aTarget(
      { name, transport: 'built-in' },
      { accountId: accountId(user), profileId, startSeconds: 2 },
    );
    return connections.callTool(target, 'echo', {}, { signal, maxResultBytes: 1000 });
  };
  const users = (count: number) => Array.from({ length: count }, (_, index) => index);
  const settled = async (calls: Promise<unknown>[]) => {
    const results = await Promise.allSettled(calls);
    const failures = results.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as McpError] : [],
    );
    return { answered: results.length - failures.length, failures };
  };

  it('answers 1,000 users who come to 20 slots at once, each with what is theirs', async () => {
    connect(5);
    const answers = await Promise.all(users(1000).map((user) => call(user)));
    expect(answers.map(({ text }) => text)).toEqual(users(1000).map(accountId));
    expect(servers.mostOpen).toBe(20);
    expect(connections.health.summary().waiting).toBe(0);
  });

  it('tells those of a burst who find no place when to come back, each at a time of its own', async () => {
    connect(5, { queueLength: 100 });
    const { answered, failures } = await settled(users(400).map((user) => call(user)));
    // 100 in the queue, and five connections that are opened at a time.
    expect(answered).toBe(105);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['mcp_busy']));
    const times = failures.map(({ details }) => details.retryAfterSeconds!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.min(...times)).toBeGreaterThan(0);
    expect(Math.max(...times)).toBeLessThanOrEqual(300);
    expect(new Set(times).size).toBeGreaterThan(50);
  });

  it('lets one user with 500 calls starve no other', async () => {
    connect(5, { queueLength: 400 });
    const greedy = users(100).map((index) => call(0, { profileId: `p${index}` }));
    const more = settled(users(400).map((index) => call(0, { profileId: `q${index}` })));
    const others = users(100).map((index) => call(index + 1));
    await Promise.all(others);
    // 100 others on 20 slots, of which the one may hold five.
    const before = servers.answered.filter((user) => user === accountId(0)).length;
    expect(before).toBeLessThan(60);
    await Promise.all(greedy);
    // The places in the queue are shared, too.
    expect((await more).failures).toHaveLength(395);
  });

  it('takes turns with a user who never stops to call', async () => {
    connect(5, { maxConnections: 2 });
    let isOver = false;
    const endless = users(2).map(async (index) => {
      while (!isOver) await Promise.all([0, 1, 2].map(() => call(0, { profileId: `p${index}` })));
    });
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      await vi.waitFor(() => expect(servers.open).toBe(2));
      const other = call(1);
      vi.advanceTimersByTime(10_000);
      expect((await other).text).toBe(accountId(1));
    } finally {
      vi.useRealTimers();
      isOver = true;
      await Promise.all(endless);
    }
  });

  it('forgets callers who do not wait any longer, and tells those whose time is over when to come back', async () => {
    connect(300, { maxConnections: 1 });
    const first = call(0);
    const controller = new AbortController();
    const gaveUp = settled(users(50).map((user) => call(user + 1, controller)));
    const late = settled([call(60, { signal: AbortSignal.timeout(50) })]);
    await vi.waitFor(() => expect(connections.health.summary().waiting).toBe(51));
    controller.abort();
    expect((await gaveUp).failures.map(({ code }) => code)).toEqual(
      Array(50).fill('mcp_cancelled'),
    );
    expect((await late).failures).toEqual([
      expect.objectContaining({
        code: 'mcp_busy',
        details: { retryAfterSeconds: expect.any(Number) as number },
      }),
    ]);
    expect(connections.health.summary().waiting).toBe(0);
    await first;
    expect((await call(61)).text).toBe(accountId(61));
    expect(servers.answered).toEqual([accountId(0), accountId(61)]);
  });

  it('waits no longer than it is allowed to', async () => {
    connect(3000, { maxConnections: 1, queueSeconds: 1 });
    const controller = new AbortController();
    const first = settled([call(0, controller)]);
    const { failures } = await settled([call(1)]);
    expect(failures.map(({ code }) => code)).toEqual(['mcp_busy']);
    controller.abort();
    await first;
  });

  it('ends what waits at the stop, and when its user goes', async () => {
    connect(3000, { maxConnections: 1 });
    const waiting = settled(users(3).map((user) => call(user)));
    await vi.waitFor(() => expect(connections.health.summary().waiting).toBe(2));
    await connections.closeUser(accountId(2));
    expect(connections.health.summary().waiting).toBe(1);
    await connections.onApplicationShutdown();
    expect((await waiting).failures.map(({ code }) => code)).toEqual(
      Array(3).fill('mcp_cancelled'),
    );
    expect(servers.open).toBe(0);
  });

  it('keeps room for the other servers while one never answers, and does not try that one for each user', async () => {
    connect(5, { maxConnections: 8 });
    servers.silent.add('silent');
    const vain = settled(users(40).map((user) => call(user, { name: 'silent' })));
    await vi.waitFor(() => expect(servers.silentConnections).toBe(2));
    const startedAt = performance.now();
    await Promise.all(users(40).map((user) => call(user + 100)));
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(servers.silentConnections).toBe(2);
    const { failures } = await vain;
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['mcp_unavailable']));
    expect(servers.silentConnections).toBeLessThanOrEqual(4);
    expect(connections.health.summary()).toMatchObject({ paused: 1, waiting: 0 });
    const metrics = await (await MetricsText.begin()).read();
    expect(metrics).toMatch(/gateway_mcp_server_connections\{.*state="paused"\} 1/);
    const refusedAt = performance.now();
    await expect(call(41, { name: 'silent' })).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(performance.now() - refusedAt).toBeLessThan(500);
    servers.silent.clear();
    await vi.waitFor(
      async () => expect((await call(41, { name: 'silent' })).text).toBe(accountId(41)),
      { timeout: 10_000, interval: 200 },
    );
    expect(connections.health.summary().paused).toBe(0);
  });

  it('gives up opening what no call waits for any more, if its slot is wanted', async () => {
    connect(5, { maxConnections: 1 });
    servers.silent.add('silent');
    const controller = new AbortController();
    const gaveUp = settled([call(0, { name: 'silent', signal: controller.signal })]);
    await vi.waitFor(() => expect(servers.silentConnections).toBe(1));
    controller.abort();
    await gaveUp;
    const startedAt = performance.now();
    expect((await call(1)).text).toBe(accountId(1));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('has those who ask for more than their part come back no later for it, nor others', async () => {
    connect(300, { maxConnections: 2, queueLength: 8 });
    const first = users(2).map((index) => call(0, { profileId: `p${index}` }));
    const own = users(2).map((index) => call(0, { profileId: `q${index}` }));
    const { failures } = await settled(
      users(400).map((index) => call(0, { profileId: `r${index}` })),
    );
    expect(failures).toHaveLength(400);
    const more = users(6).map((user) => call(user + 1));
    const [other] = (await settled([call(9)])).failures;
    expect(other?.details.retryAfterSeconds).toBeLessThan(15);
    await Promise.all([...first, ...own, ...more]);
  });
});
