import { Logger } from '@nestjs/common';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import { aLegacyHttpServer, closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import { McpConnections } from './mcp-connections.js';

describe('what a server of a profile may be reached at', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  let connections: McpConnections;
  let asked: number;
  let url: string;

  beforeEach(async () => {
    warn.mockClear();
    connections = new McpConnections(anMcpConfig({ allowsLoopback: false }), noBuiltInServers);
    asked = 0;
    const server = aLegacyHttpServer(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const result = { content: [{ type: 'text', text: 'hello' }] };
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
    url = await serveHttp((request, response) => {
      asked += 1;
      server(request, response);
    });
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  const call = (allowPrivateAddresses?: string[]) =>
    connections.callTool(
      aTarget({
        name: 'remote',
        transport: 'http',
        url,
        ...(allowPrivateAddresses && { allowPrivateAddresses }),
      }),
      'echo',
      {},
      { signal: AbortSignal.timeout(15_000), maxResultBytes: 1000 },
    );

  it('is a listed address', async () => {
    expect((await call(['127.0.0.1'])).text).toBe('hello');
  });

  it('is not one inside that is not listed: the caller learns nothing of it, the log the address', async () => {
    await expect(call(['127.0.0.2', 'localhost'])).rejects.toMatchObject({
      code: 'mcp_unavailable',
      message: 'The tool server is not available.',
    });
    expect(asked).toBe(0);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        event: 'mcp.failed',
        reason: expect.stringContaining('127.0.0.1 (loopback)') as string,
      }),
    );
  });
});
