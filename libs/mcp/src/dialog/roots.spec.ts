import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { McpConnections } from '../connections/mcp-connections.js';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import { closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import { anOddHttpServer, type Asked, callAnswer } from '../testing/odd-http-server.js';
import { makeCall } from './call-rounds.js';

/** What a server is told of our folders. */
const NONE = { roots: [] };

describe('a server that asks for our folders', () => {
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  afterEach(closeHttpServers);

  it('gets an empty list in the era of 2025, and its call goes on', async () => {
    const given: unknown[] = [];
    let call: { asked: Asked; response: ServerResponse };
    const url = await serveHttp(
      anOddHttpServer({
        any: ({ asked, response, answer }) => {
          if ('result' in asked) {
            given.push(asked.result);
            response.writeHead(202).end();
            call.response.end(`data: ${callAnswer(call.asked)}\n\n`);
          } else if (asked.method === 'tools/call') {
            call = { asked, response };
            response.writeHead(200, { 'content-type': 'text/event-stream' });
            response.write('data: {"jsonrpc":"2.0","id":"r","method":"roots/list"}\n\n');
          } else answer();
        },
      }),
    );
    const connections = new McpConnections(anMcpConfig(), noBuiltInServers);
    try {
      const result = await connections.callTool(
        aTarget({ name: 'remote', transport: 'http', url }),
        'echo',
        { text: 'hi' },
        { signal: AbortSignal.timeout(15_000), maxResultBytes: 1000 },
      );
      expect([result.text, given]).toEqual(['{"text":"hi"}', [NONE]]);
    } finally {
      await connections.onApplicationShutdown();
    }
  });

  it('gets an empty list in the era of 2026, without a question to the person', async () => {
    const sent: unknown[] = [];
    const end = await makeCall({
      dialog: { allowsPlainHttp: false },
      signal: AbortSignal.timeout(1000),
      onUnfit: () => undefined,
      send: (members) => {
        sent.push(members);
        return Promise.resolve(
          sent.length > 1
            ? { content: [] }
            : {
                resultType: 'input_required',
                requestState: 's',
                inputRequests: { r: { method: 'roots/list' } },
              },
        );
      },
    });
    expect(end).toEqual({ result: { content: [] } });
    expect(sent).toEqual([{}, { inputResponses: { r: NONE }, requestState: 's' }]);
  });
});
