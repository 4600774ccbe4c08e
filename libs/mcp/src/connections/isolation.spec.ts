import { Logger } from '@nestjs/common';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import { aLegacyHttpServer, closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import { McpConnections } from './mcp-connections.js';

const USERS = Array.from(
  { length: 20 },
  (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
);
const CALLS_EACH = 10;

describe('results of many users on one server', () => {
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const connections = new McpConnections(anMcpConfig(), noBuiltInServers);
  afterAll(async () => {
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  it('never cross, though their requests have the same ids and are answered in another order', async () => {
    const held: (() => void)[] = [];
    const ids = new Set<number>();
    const server = aLegacyHttpServer(({ id }, response, { headers }) => {
      ids.add(id);
      held.push(() => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const text = `${String(headers['x-user'])} ${String(headers['mcp-session-id'])}`;
        const result = { content: [{ type: 'text', text }] };
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      });
      if (held.length === USERS.length * CALLS_EACH) {
        for (const answer of held.toReversed()) answer();
      }
    });
    const url = await serveHttp(server);
    const sessions = new Map<string, string>();
    await Promise.all(
      USERS.flatMap((accountId) => {
        const target = aTarget(
          { name: 'remote', transport: 'http', url, headers: { 'x-user': '{userId}' } },
          { accountId },
        );
        return Array.from({ length: CALLS_EACH }, async () => {
          const signal = AbortSignal.timeout(30_000);
          const outcome = await connections.callTool(
            target,
            'whoami',
            {},
            { signal, maxResultBytes: 1000 },
          );
          const [user, session] = ('text' in outcome ? outcome.text : '').split(' ');
          expect(user).toBe(accountId);
          sessions.set(session!, accountId);
        });
      }),
    );
    expect(sessions.size).toBe(USERS.length);
    expect(ids.size).toBeLessThan(USERS.length * CALLS_EACH);
  });
});
