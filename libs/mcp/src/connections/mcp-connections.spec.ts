import { Logger } from '@nestjs/common';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { McpConfig } from '../mcp.config.js';
import type { McpError } from '../mcp.error.js';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import type { McpServerSpec, McpTarget } from '../targets/mcp-target.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import {
  aHostileServer,
  alice,
  aModernServer,
  aTarget,
  bob,
  isAlive,
} from '../testing/mcp-target.factory.js';
import { McpConnections } from './mcp-connections.js';

const memory: McpServerSpec = {
  name: 'memory',
  transport: 'stdio',
  module: '@modelcontextprotocol/server-memory/dist/index.js',
  env: { MEMORY_FILE_PATH: '{userDir}/memory.json' },
};
const everything: McpServerSpec = {
  name: 'everything',
  transport: 'stdio',
  module: '@modelcontextprotocol/server-everything/dist/index.js',
};

describe('McpConnections over stdio', () => {
  let dataDir: string;
  let connections: McpConnections;
  const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  const within = (ms = 15_000) => ({ signal: AbortSignal.timeout(ms) });
  const connect = (overrides: Partial<McpConfig> = {}) =>
    new McpConnections(anMcpConfig({ dataDir, ...overrides }), noBuiltInServers);
  const call = (target: McpTarget, tool = 'echo', args = {}, ms = 15_000) =>
    connections.callTool(target, tool, args, { ...within(ms), maxResultBytes: 100_000 });
  const rejection = async (work: Promise<unknown>): Promise<McpError> => {
    try {
      await work;
    } catch (error) {
      return error as McpError;
    }
    throw new Error('It did not fail');
  };
  /** What the server sees of itself: its process, its argument, its environment. */
  const whoami = async (target: McpTarget) =>
    JSON.parse((await call(target)).text) as {
      pid: number;
      argument?: string;
      env: Record<string, string>;
    };

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'mcp-'));
    connections = connect();
    log.mockClear();
    warn.mockClear();
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    rmSync(dataDir, { recursive: true, force: true });
  });

  describe('servers of every era', () => {
    it.each([
      ['server-memory', memory, 'read_graph'],
      ['server-everything', everything, 'echo'],
      ['a 2026 server', aModernServer(), 'greet'],
      ['an old server that exits when probed', aHostileServer('exits-when-probed'), 'echo'],
      ['an old server that is silent when probed', aHostileServer('silent-when-probed'), 'echo'],
    ])('lists the tools of %s', async (_title, server, expected) => {
      const tools = await connections.listTools(aTarget(server, { startSeconds: 8 }), within());
      expect(tools.map((tool) => tool.name)).toContain(expected);
      expect(tools[0]).toMatchObject({
        description: expect.any(String) as string,
        inputSchema: expect.objectContaining({ type: 'object' }) as object,
      });
    });

    it('calls a tool of an old server', async () => {
      expect(await call(aTarget(everything), 'echo', { message: 'hi' })).toEqual({
        text: 'Echo: hi',
        isError: false,
      });
    });

    it('calls a tool of a 2026 server', async () => {
      expect(await call(aTarget(aModernServer()), 'greet')).toEqual({
        text: 'hello from 2026',
        isError: false,
      });
    });

    it('keeps what a user stores in the folder of that user', async () => {
      const entities = [{ name: 'Ada', entityType: 'person', observations: [] }];
      await call(aTarget(memory), 'create_entities', { entities });
      const folder = join(dataDir, 'users', alice);
      expect(readFileSync(join(folder, 'memory.json'), 'utf8')).toContain('Ada');
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const other = await call(aTarget(memory, { accountId: bob }), 'read_graph');
      expect(other.text).not.toContain('Ada');
    });
  });

  describe('who shares a connection', () => {
    it('gives each user a process of their own', async () => {
      const server = aHostileServer('honest', { argument: '{userId}' });
      const [first, second] = await Promise.all([
        whoami(aTarget(server)),
        whoami(aTarget(server, { accountId: bob })),
      ]);
      expect(first.argument).toBe(alice);
      expect(second.argument).toBe(bob);
      expect(first.pid).not.toBe(second.pid);
    });

    it('does not share between users even if nothing in the server names the user', async () => {
      const server = aHostileServer('honest');
      const first = await whoami(aTarget(server));
      const second = await whoami(aTarget(server, { accountId: bob }));
      expect(first.pid).not.toBe(second.pid);
    });

    it('keeps profiles apart', async () => {
      const server = aHostileServer('honest');
      const first = await whoami(aTarget(server));
      const second = await whoami(aTarget(server, { profileId: 'another' }));
      expect(first.pid).not.toBe(second.pid);
    });

    it('keeps credentials apart', async () => {
      const first = await whoami(aTarget(aHostileServer('honest', { env: { TOKEN: 'one' } })));
      const second = await whoami(aTarget(aHostileServer('honest', { env: { TOKEN: 'two' } })));
      expect(first.pid).not.toBe(second.pid);
    });

    it('shares one process among concurrent first calls of a user', async () => {
      const target = aTarget(aHostileServer('honest'));
      const answers = await Promise.all(Array.from({ length: 5 }, () => whoami(target)));
      expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    });

    it('shares one process among users if the profile says so', async () => {
      const server = aHostileServer('honest');
      const first = await whoami(aTarget(server, { isolation: 'shared' }));
      const second = await whoami(aTarget(server, { isolation: 'shared', accountId: bob }));
      expect(first.pid).toBe(second.pid);
    });

    it('refuses to put a user into a shared connection', async () => {
      const server = aHostileServer('honest', { argument: '{userId}' });
      const error = await rejection(call(aTarget(server, { isolation: 'shared' })));
      expect(error.code).toBe('mcp_unavailable');
      expect(warn).toHaveBeenCalledWith(expect.objectContaining({ event: 'mcp.failed' }));
    });
  });

  describe('what a child process gets', () => {
    it('sees none of the gateway’s variables but the few that the SDK deems safe', async () => {
      vi.stubEnv('JWT_SECRET', 'a-secret-of-the-gateway');
      const { env } = await whoami(aTarget(aHostileServer('honest', { env: { OWN: 'yes' } })));
      vi.unstubAllEnvs();
      const safe = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER', 'OWN', 'MCP_GATEWAY_CHILD'];
      expect(env.OWN).toBe('yes');
      expect(JSON.stringify(env)).not.toContain('a-secret-of-the-gateway');
      expect(Object.keys(env).filter((name) => !safe.includes(name))).toEqual([]);
    });

    it('gets a secret that the profile names', async () => {
      await connections.onApplicationShutdown();
      connections = connect({ secrets: new Map([['MCP_SECRET_KEY', 'k1']]) });
      const server = aHostileServer('honest', { env: { KEY: '{env:MCP_SECRET_KEY}' } });
      expect((await whoami(aTarget(server))).env.KEY).toBe('k1');
    });
  });

  describe('hostile servers', () => {
    const neighbour = aTarget(aHostileServer('honest'));

    it.each([
      ['dies at a call', 'crashes-on-call', 'mcp_unavailable'],
      ['answers 10 MB', 'huge-result', 'mcp_result_too_large'],
      ['writes garbage at a call', 'garbage-on-call', 'mcp_protocol_error'],
      ['writes nothing but garbage', 'garbage', 'mcp_protocol_error'],
      ['writes a line without end', 'endless-line', 'mcp_protocol_error'],
    ])('fails fast when a server %s, and leaves others alone', async (_title, habit, code) => {
      const before = await whoami(neighbour);
      const start = performance.now();
      const error = await rejection(call(aTarget(aHostileServer(habit)), 'boom', {}, 20_000));
      expect(error.code).toBe(code);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(error.message).not.toMatch(/secret server text|hostile|node/);
      expect((await whoami(neighbour)).pid).toBe(before.pid);
    });

    it('ends a call that hangs at its deadline, and starts afresh', async () => {
      const target = aTarget(aHostileServer('ignores-sigterm'));
      const pid = Number((await call(target, 'pid')).text);
      const start = performance.now();
      expect((await rejection(call(target, 'hang', {}, 300))).code).toBe('mcp_timeout');
      expect(performance.now() - start).toBeLessThan(5000);
      expect(Number((await call(target, 'pid')).text)).not.toBe(pid);
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
    });

    it('lets other calls on the same connection finish when one times out', async () => {
      const target = aTarget(aHostileServer('hangs-on-call'));
      await call(target, 'quick');
      const patient = call(target, 'hang', {}, 900);
      const [hasty, slow] = await Promise.all([
        rejection(call(target, 'hang', {}, 200)),
        rejection(patient),
      ]);
      expect(hasty.code).toBe('mcp_timeout');
      // Its own deadline, not the end of the connection.
      expect(slow.code).toBe('mcp_timeout');
    });

    it('tells a caller who gave up from a deadline', async () => {
      const target = aTarget(aHostileServer('hangs-on-call'));
      await call(target, 'quick');
      const controller = new AbortController();
      const hanging = connections.callTool(
        target,
        'hang',
        {},
        { signal: controller.signal, maxResultBytes: 100 },
      );
      controller.abort();
      expect((await rejection(hanging)).code).toBe('mcp_cancelled');
    });

    it('bounds the wait for a connection by the deadline of the caller', async () => {
      const start = performance.now();
      const target = aTarget(aHostileServer('hangs-on-connect'));
      expect((await rejection(call(target, 'x', {}, 300))).code).toBe('mcp_timeout');
      expect(performance.now() - start).toBeLessThan(5000);
    });

    it('bounds the start of a server by its own limit', async () => {
      const target = aTarget(aHostileServer('hangs-on-connect'), { startSeconds: 1 });
      const error = await rejection(call(target));
      expect(error).toMatchObject({
        code: 'mcp_unavailable',
        message: 'The tool server did not start in time.',
      });
      expect(connections.health.summary()).toEqual({ open: 0, failing: 1, paused: 0, waiting: 0 });
    });

    it('reconnects after a crash, with the next call', async () => {
      const target = aTarget(aHostileServer('crashes-on-call'));
      const pid = (await call(target, 'pid')).text;
      expect((await rejection(call(target, 'boom'))).code).toBe('mcp_unavailable');
      expect((await call(target, 'pid')).text).not.toBe(pid);
    });

    it('takes along what a server started, when it ends by itself', async () => {
      const record = join(dataDir, 'grandchild');
      const target = aTarget(aHostileServer('leaves-grandchild', { argument: record }));
      await whoami(target);
      const grandchild = Number(readFileSync(record, 'utf8'));
      expect(isAlive(grandchild)).toBe(true);
      expect((await rejection(call(target, 'exit'))).code).toBe('mcp_unavailable');
      await vi.waitFor(() => expect(isAlive(grandchild)).toBe(false));
    });

    it('never sends a call twice', async () => {
      const record = join(dataDir, 'calls');
      const target = aTarget(aHostileServer('counts-calls', { argument: record }));
      await rejection(call(target, 'pay'));
      await whoami(neighbour);
      expect(readFileSync(record, 'utf8')).toBe('pay\n');
    });

    it('puts up with a few stray lines on stdout', async () => {
      expect((await call(aTarget(aHostileServer('stray-lines')))).isError).toBe(false);
      const chatty = aTarget(aHostileServer('logs-on-call'));
      for (let n = 0; n < 8; n += 1) expect((await call(chatty)).text).toBe('done');
    });

    it('hands the refusal of a call on as a failed result, cleaned', async () => {
      expect(await call(aTarget(aHostileServer('refuses')))).toEqual({
        text: 'x must be a number',
        isError: true,
      });
    });

    it('refuses a result larger than the caller wants', async () => {
      const work = connections.callTool(neighbour, 'echo', {}, { ...within(), maxResultBytes: 10 });
      expect((await rejection(work)).code).toBe('mcp_result_too_large');
      expect((await call(neighbour)).isError).toBe(false);
    });
  });

  describe('a server that does not start', () => {
    const missing: McpServerSpec = {
      name: 'missing',
      transport: 'stdio',
      command: '/nonexistent/server',
    };

    it('is not tried again for a while', async () => {
      const target = aTarget(missing);
      expect((await rejection(call(target))).code).toBe('mcp_unavailable');
      expect((await rejection(call(target))).code).toBe('mcp_unavailable');
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn).toHaveBeenCalledWith({
        event: 'mcp.failed',
        profileId: 'assistant',
        server: 'missing',
        code: 'mcp_unavailable',
        reason: 'The tool server could not be started. ENOENT',
      });
      await vi.waitFor(async () => {
        await rejection(call(target));
        expect(warn).toHaveBeenCalledTimes(2);
      }, 2000);
    });

    it('says nothing of commands and paths', async () => {
      expect((await rejection(call(aTarget(missing)))).message).not.toMatch(/nonexistent|ENOENT/);
      const absent: McpServerSpec = { name: 'x', transport: 'stdio', module: 'absent/index.js' };
      const error = await rejection(call(aTarget(absent)));
      expect(error.code).toBe('mcp_unavailable');
      expect(error.message).not.toContain('absent');
    });

    it('may be a program that is no server', async () => {
      const program: McpServerSpec = {
        name: 'program',
        transport: 'stdio',
        command: process.execPath,
        args: ['-e', ''],
      };
      expect((await rejection(call(aTarget(program)))).code).toBe('mcp_unavailable');
    });
  });

  describe('lists of tools', () => {
    it('reads all pages', async () => {
      const tools = await connections.listTools(aTarget(aHostileServer('many-pages')), within());
      expect(tools.map(({ name }) => name)).toEqual(['t0', 't1', 't2', 't3', 't4']);
    });

    it('cuts a list without end, and says so', async () => {
      const tools = await connections.listTools(aTarget(aHostileServer('endless-pages')), within());
      expect(tools).toHaveLength(20);
      expect(warn).toHaveBeenCalledWith(
        expect.objectContaining({ event: 'mcp.tool.cut', server: 'endless-pages' }),
      );
    });

    it('refuses a list of the wrong type', async () => {
      const work = connections.listTools(aTarget(aHostileServer('wrong-list')), within());
      expect((await rejection(work)).code).toBe('mcp_protocol_error');
    });

    it('remembers a list until the server says that it changed', async () => {
      const target = aTarget(aHostileServer('changes-list'));
      const names = async () =>
        (await connections.listTools(target, within())).map(({ name }) => name);
      expect(await names()).toEqual(['version-1']);
      expect(await names()).toEqual(['version-1']);
      await call(target);
      await vi.waitFor(async () => expect(await names()).toEqual(['version-2']));
    });
  });

  describe('limits', () => {
    it('closes what is idle', async () => {
      await connections.onApplicationShutdown();
      connections = connect({ idleSeconds: 1 });
      const { pid } = await whoami(aTarget(aHostileServer('honest')));
      expect(connections.health.summary().open).toBe(1);
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
      expect(connections.health.summary().open).toBe(0);
      expect(log).toHaveBeenCalledWith(expect.objectContaining({ event: 'mcp.closed' }));
    });

    it('does not close a connection with a call in flight', async () => {
      await connections.onApplicationShutdown();
      connections = connect({ idleSeconds: 1 });
      const target = aTarget(aHostileServer('hangs-on-call'));
      await call(target, 'quick');
      expect((await rejection(call(target, 'hang', {}, 1800))).code).toBe('mcp_timeout');
    });

    it.each([{ maxConnections: 2 }, { maxProcesses: 2 }])(
      'evicts the connection that was used least recently (%o)',
      async (limit) => {
        await connections.onApplicationShutdown();
        connections = connect(limit);
        const server = aHostileServer('honest');
        const first = aTarget(server, { profileId: 'first' });
        const second = aTarget(server, { profileId: 'second' });
        const old = await whoami(first);
        const { pid } = await whoami(second);
        expect((await whoami(first)).pid).toBe(old.pid);
        await whoami(aTarget(server, { profileId: 'third' }));
        await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
        expect((await whoami(first)).pid).toBe(old.pid);
      },
    );

    it('refuses a connection when all are in use for too long', async () => {
      await connections.onApplicationShutdown();
      connections = connect({ maxConnections: 1, queueSeconds: 1 });
      const busy = aTarget(aHostileServer('hangs-on-call'));
      await call(busy, 'quick');
      const controller = new AbortController();
      const hanging = connections.callTool(
        busy,
        'hang',
        {},
        { signal: controller.signal, maxResultBytes: 100 },
      );
      const error = await rejection(call(aTarget(aHostileServer('honest'))));
      expect(error).toMatchObject({
        code: 'mcp_busy',
        message: 'Too many tool servers are in use at the moment.',
      });
      controller.abort();
      await rejection(hanging);
      expect((await call(aTarget(aHostileServer('honest')))).isError).toBe(false);
    });
  });

  describe('closing', () => {
    it('ends the connections of one user, and the calls on them', async () => {
      const server = aHostileServer('hangs-on-call');
      await call(aTarget(server), 'quick');
      await call(aTarget(server, { accountId: bob }), 'quick');
      const hanging = rejection(call(aTarget(server), 'hang', {}, 5000));
      const bobs = rejection(call(aTarget(server, { accountId: bob }), 'hang', {}, 1500));
      await connections.closeUser(alice);
      expect((await hanging).code).toBe('mcp_cancelled');
      expect((await bobs).code).toBe('mcp_timeout');
    });

    it('leaves no process behind, whatever the servers do', async () => {
      const pids: number[] = [];
      pids.push((await whoami(aTarget(aHostileServer('honest')))).pid);
      pids.push(Number((await call(aTarget(aHostileServer('ignores-sigterm')), 'pid')).text));
      const grandchildren = join(dataDir, 'grandchildren');
      const parent = aHostileServer('leaves-grandchild', { argument: grandchildren });
      pids.push((await whoami(aTarget(parent))).pid);
      pids.push(Number(readFileSync(grandchildren, 'utf8')));
      const connecting = rejection(call(aTarget(aHostileServer('hangs-on-connect'))));
      expect(pids.map(isAlive)).toEqual([true, true, true, true]);

      const start = performance.now();
      await connections.onApplicationShutdown();
      expect(performance.now() - start).toBeLessThan(8000);
      expect((await connecting).code).toBe('mcp_cancelled');
      await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false, false, false]));
      expect((await rejection(call(aTarget(aHostileServer('honest'))))).code).toBe(
        'mcp_unavailable',
      );
    });
  });

  it.each([
    ['hangs-on-connect', 2, 1],
    ['refuses-to-end', 1, 3],
  ])('counts what failed to start as long as it lives (%s)', async (habit, count, startSeconds) => {
    const file = join(dataDir, `${habit}.pids`);
    const limited = connect({ maxProcesses: 1, queueSeconds: 60 });
    const pids = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, pids().filter((pid) => isAlive(Number(pid))).length);
    }, 10);
    try {
      const calls = Array.from({ length: count }, (_, index) => {
        const server = aHostileServer(habit, { argument: file });
        const overrides = {
          profileId: `p${index}`,
          startSeconds,
          accountId: index % 2 ? bob : alice,
        };
        return limited.listTools(aTarget(server, overrides), within(30_000));
      });
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.map(({ status }) => status)).toEqual(Array(count).fill('rejected'));
      await limited.onApplicationShutdown();
      expect(pids()).toHaveLength(2);
      expect(most).toBe(1);
      expect(pids().filter((pid) => isAlive(Number(pid)))).toEqual([]);
    } finally {
      clearInterval(watch);
      await limited.onApplicationShutdown();
    }
  });

  it('logs no argument, no result and no text of a server', async () => {
    await call(aTarget(everything), 'echo', { message: 'confidential' });
    await call(aTarget(aHostileServer('refuses')), 'echo', { message: 'confidential' });
    await connections.onApplicationShutdown();
    const lines = JSON.stringify([...log.mock.calls, ...warn.mock.calls]);
    expect(lines).toContain('mcp.connected');
    expect(lines).not.toMatch(/confidential|must be a number/);
  });
});
