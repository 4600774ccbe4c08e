import { Logger } from '@nestjs/common';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import type { McpTarget } from '../targets/mcp-target.js';
import { closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import { anOddHttpServer, sendJson, type Oddity } from '../testing/odd-http-server.js';
import { McpConnections } from './mcp-connections.js';

const tool = (name: string, inputSchema: unknown = { type: 'object' }) => ({ name, inputSchema });

describe('what operators are shown of a server', () => {
  let connections: McpConnections;
  let oddities: Record<string, Oddity>;
  let target: McpTarget;
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeEach(async () => {
    connections = new McpConnections(
      anMcpConfig({ secrets: new Map([['MCP_SECRET_TOKEN', 'token-77aa']]) }),
      noBuiltInServers,
    );
    oddities = {};
    const at = (exchange: Parameters<Oddity>[0]) =>
      (oddities[exchange.asked.method] ?? (({ answer }) => answer()))(exchange);
    const url = await serveHttp(anOddHttpServer({ any: at }));
    const headers = { authorization: 'Bearer {env:MCP_SECRET_TOKEN}' };
    target = aTarget({ name: 'remote', transport: 'http', url, headers });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  const signal = () => AbortSignal.timeout(30_000);
  const list = () => connections.listTools(target, { signal: signal() });
  const shown = () => connections.health.of({ profileId: 'assistant', serverName: 'remote' });
  const lists =
    (...tools: readonly unknown[]): Oddity =>
    ({ asked, response }) =>
      sendJson(response, { id: asked.id, result: { tools } });

  it('is nothing before it is used', () => {
    expect(shown()).toEqual({
      connectedAt: undefined,
      isFailing: false,
      lastFailure: undefined,
      faults: [],
      open: 0,
      waiting: 0,
      retryAt: undefined,
    });
  });

  it('is what of its tools is left out and why, as they were read last', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    oddities['tools/list'] = lists(tool('good'), tool('bad\u001b[31m', {}), tool('token-77aa', 1));
    await list();
    expect(shown()).toMatchObject({
      connectedAt: expect.any(Date) as Date,
      isFailing: false,
      open: 1,
      faults: [
        { list: 'tools', outcome: 'skipped', tool: '#1', field: 'name' },
        { list: 'tools', outcome: 'skipped', tool: '[secret]', field: 'inputSchema' },
      ],
    });
    oddities['tools/list'] = lists(tool('good'));
    vi.setSystemTime(Date.now() + 120_000);
    await list();
    expect(shown().faults).toEqual([]);
  });

  it('is bounded, however much is wrong', async () => {
    const bad = Array.from({ length: 400 }, (_, n) => tool(`${n}${'x'.repeat(100)}`, {}));
    oddities['tools/list'] = lists(...bad);
    await list();
    expect(shown().faults).toHaveLength(100);
    expect(JSON.stringify(shown().faults).length).toBeLessThan(100 * 1000);
  });

  it('is why it failed last, in words and with the status, and that it works again', async () => {
    oddities.initialize = ({ response }) =>
      void response.writeHead(503).end('token-77aa is not welcome');
    await expect(list()).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(shown()).toMatchObject({
      isFailing: true,
      open: 0,
      lastFailure: {
        at: expect.any(Date) as Date,
        code: 'mcp_unavailable',
        statusCode: 503,
        reason: expect.any(String) as string,
      },
    });
    expect(JSON.stringify(shown())).not.toContain('token-77aa');
    delete oddities.initialize;
    // It is tried again after a pause.
    await vi.waitFor(list, { timeout: 10_000, interval: 100 });
    expect(shown()).toMatchObject({ isFailing: false, open: 1, lastFailure: { statusCode: 503 } });
  });

  it('is that its tools cannot be read, though it is connected', async () => {
    oddities['tools/list'] = ({ asked, response }) =>
      sendJson(response, { id: asked.id, result: { tools: 7 } });
    await expect(list()).rejects.toMatchObject({ code: 'mcp_protocol_error' });
    expect(shown()).toMatchObject({ isFailing: true, lastFailure: { field: 'tools' } });
    oddities['tools/list'] = lists(tool('good'));
    await list();
    expect(shown().isFailing).toBe(false);
  });

  it('is which tool failed, while the others work', async () => {
    oddities['tools/call'] = ({ response }) => void response.writeHead(502).end();
    const options = { signal: signal(), maxResultBytes: 1000 };
    const work = connections.callTool(target, 'echo', {}, options);
    await expect(work).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(shown()).toMatchObject({
      isFailing: false,
      lastFailure: { tool: 'echo', statusCode: 502 },
    });
  });

  it('is no failure of it where the caller gave up', async () => {
    oddities['tools/call'] = () => undefined;
    const caller = new AbortController();
    const options = { signal: caller.signal, maxResultBytes: 1000 };
    const work = connections.callTool(target, 'echo', {}, options);
    setImmediate(() => caller.abort());
    await expect(work).rejects.toMatchObject({ code: 'mcp_cancelled' });
    expect(shown().lastFailure).toBeUndefined();
  });

  it('is when it is tried again, where it fails for one user after the other', async () => {
    oddities.initialize = ({ response }) => void response.writeHead(503).end();
    for (let user = 1; user < 4; user += 1) {
      const accountId = `00000000-0000-4000-8000-00000000000${user}`;
      const work = connections.listTools({ ...target, accountId }, { signal: signal() });
      await expect(work).rejects.toMatchObject({ code: 'mcp_unavailable' });
    }
    expect(shown().retryAt!.getTime()).toBeGreaterThan(Date.now());
  });
});
