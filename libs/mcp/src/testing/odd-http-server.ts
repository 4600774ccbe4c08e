import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** A message of a client. */
export interface Asked {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

/** Answers in the place of the server; `answer` is what it would have answered. */
export type Oddity = (exchange: {
  readonly asked: Asked;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: () => void;
}) => void;

const echo = {
  name: 'echo',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
};

/** A Streamable HTTP server of the 2025 era with sessions that works, but for its oddities: by method, `GET`, or `any`. */
export function anOddHttpServer(oddities: Readonly<Record<string, Oddity>>): RequestListener {
  let sessions = 0;
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const asked = (
        request.method === 'POST' ? JSON.parse(body) : { method: request.method }
      ) as Asked;
      const answer = () => {
        if (request.method !== 'POST') response.writeHead(405).end();
        else if (asked.id === undefined) response.writeHead(202).end();
        else if (asked.method === 'initialize') {
          sessions += 1;
          response.setHeader('mcp-session-id', `session-${sessions}`);
          sendJson(response, { id: asked.id, result: initializeResult(asked) });
        } else sendJson(response, { id: asked.id, ...bodyOf(asked) });
      };
      const oddity = oddities.any ?? oddities[asked.method];
      if (oddity) oddity({ asked, request, response, answer });
      else answer();
    });
  };
}

export function sendJson(response: ServerResponse, message: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', ...message }));
}

export function sendText(
  response: ServerResponse,
  text: string,
  type = 'text/event-stream',
  status = 200,
): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}

/** The answer of a call as text of JSON. */
export function callAnswer({ id, params }: Asked): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result: callResult(params) });
}

function callResult(params: Record<string, unknown> = {}): object {
  return { content: [{ type: 'text', text: JSON.stringify(params.arguments) }] };
}

function initializeResult({ params }: Asked): object {
  return {
    protocolVersion: params?.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'odd', version: '1' },
  };
}

function bodyOf({ method, params }: Asked): object {
  switch (method) {
    case 'tools/list':
      return { result: { tools: [echo] } };
    case 'tools/call':
      return { result: callResult(params) };
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}
