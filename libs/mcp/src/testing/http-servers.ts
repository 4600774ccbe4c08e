import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const open: Server[] = [];

/** Serves on a free port of this machine until `closeHttpServers`. Resolves to the address. */
export async function serveHttp(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

export function closeHttpServers(): void {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/** A hand-made server of the 2025 era over HTTP, with sessions. It answers calls with `onCall`, and everything else honestly. */
export function aLegacyHttpServer(
  onCall: (
    request: { id: number },
    response: Parameters<RequestListener>[1],
    incoming: Parameters<RequestListener>[0],
  ) => void,
): RequestListener {
  let sessions = 0;
  return (incoming, response) => {
    if (incoming.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString()) as {
        id?: number;
        method: string;
        params?: { protocolVersion?: string };
      };
      const reply = (body: object) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...body }));
      };
      if (message.id === undefined) {
        response.writeHead(202).end();
      } else if (message.method === 'initialize') {
        sessions += 1;
        response.setHeader('mcp-session-id', `session-${sessions}`);
        reply({
          result: {
            protocolVersion: message.params?.protocolVersion,
            capabilities: { tools: {} },
            serverInfo: { name: 'legacy', version: '1' },
          },
        });
      } else if (message.method === 'tools/call') {
        onCall({ id: message.id }, response, incoming);
      } else {
        reply({ error: { code: -32601, message: 'Method not found' } });
      }
    });
  };
}
