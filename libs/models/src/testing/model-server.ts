import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a provider is asked. */
export interface AskedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** How the server answers one request. */
export type ModelAnswer = (response: ServerResponse, request: AskedRequest) => void;

/** A server of language models that answers as it is told, well or not. */
export interface ModelServer {
  readonly url: string;
  readonly asked: AskedRequest[];
  /** How many connections have been opened. */
  readonly connections: number;
  /** How many answers have been cut by the other side. */
  readonly cut: number;
  /** The answers to the requests that follow, in order. The last one is given again and again. */
  answer(...answers: ModelAnswer[]): void;
  close(): Promise<void>;
}

export async function startModelServer(...first: ModelAnswer[]): Promise<ModelServer> {
  let answers = first;
  const asked: AskedRequest[] = [];
  const sockets = new Set<Socket>();
  const counts = { connections: 0, cut: 0 };
  const server = createServer((request, response) => {
    response.once('close', () => (counts.cut += response.writableFinished ? 0 : 1));
    void bodyOf(request).then((body) => {
      const given = { path: request.url ?? '', headers: request.headers, body };
      asked.push(given);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      answer(response, given);
    });
  });
  server.on('connection', (socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get connections() {
      return counts.connections;
    },
    get cut() {
      return counts.cut;
    },
    answer: (...given) => void (answers = given),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = Buffer.concat(await request.toArray()).toString();
  return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
}

/** Opens an event stream. */
export function stream(response: ServerResponse, mediaType = 'text/event-stream'): void {
  response.writeHead(200, { 'content-type': mediaType });
  response.flushHeaders();
}

/** The pieces of an event stream as they are, and its end. */
export function raw(...pieces: (string | Buffer)[]): ModelAnswer {
  return (response) => {
    stream(response);
    for (const piece of pieces) response.write(piece);
    response.end();
  };
}

/** The pieces, and then the connection breaks. */
export function broken(...pieces: (string | Buffer)[]): ModelAnswer {
  return (response) => {
    stream(response);
    for (const piece of pieces) response.write(piece);
    setImmediate(() => response.destroy());
  };
}

export function fails(
  status: number,
  error: object = {},
  headers: Record<string, string> = {},
): ModelAnswer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error }));
  };
}

/** Takes the request and says nothing, or nothing more than the headers. */
export function silent({ withHeaders = false } = {}): ModelAnswer {
  return (response) => {
    if (withHeaders) stream(response);
  };
}

/** The pieces, again and again, as fast as they are read. */
export function endless(...pieces: string[]): ModelAnswer {
  return (response) => {
    stream(response);
    const text = pieces.join('');
    const pump = () => {
      while (!response.destroyed && response.write(text));
    };
    response.on('drain', pump);
    pump();
  };
}

export function html(status = 200): ModelAnswer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><title>Sign in</title>');
  };
}
