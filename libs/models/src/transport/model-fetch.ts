import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ModelError } from '../model.error.js';
import { refusal } from './refusal.js';

/** Most connections to one provider. What does not get one in time fails, and says so. */
const MAX_CONNECTIONS = 512;

const AGENT_OPTIONS = { keepAlive: true, maxSockets: MAX_CONNECTIONS };

const CLIENTS = {
  'http:': { request: httpRequest, agent: new HttpAgent(AGENT_OPTIONS), connected: 'connect' },
  'https:': {
    request: httpsRequest,
    agent: new HttpsAgent(AGENT_OPTIONS),
    connected: 'secureConnect',
  },
} as const;

export interface FetchBounds {
  readonly connectMs: number;
  /** Most bytes of an answer. */
  readonly maxBytes: number;
  /** The only media type of an answer that is taken. */
  readonly mediaType: string;
}

/**
 * What the packages of the providers call instead of `fetch`, which knows no time for the connection alone and follows
 * redirects, with the key. Its answers are bounded, and read no faster than they are used. All that is no good answer
 * is thrown as a `ModelError`: nothing that a provider says in an error goes further.
 */
export function createModelFetch(bounds: FetchBounds): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input as string | URL));
    const answer = await ask(url, init, bounds.connectMs);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) throw await refusal(answer);
    const mediaType = answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (mediaType !== undefined && mediaType !== bounds.mediaType) {
      answer.destroy();
      throw new ModelError('model_broken', { reason: 'another_media_type', statusCode: status });
    }
    const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    return new Response(boundedBody(answer, bounds.maxBytes), { status, headers });
  };
}

/** @throws ModelError `model_unavailable` if there is no connection in time */
function ask(
  url: URL,
  { method = 'GET', headers, body, signal }: RequestInit,
  connectMs: number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const client = CLIENTS[url.protocol as keyof typeof CLIENTS];
  const sent = client.request(url, {
    method,
    agent: client.agent,
    headers: { ...Object.fromEntries(new Headers(headers)), 'accept-encoding': 'identity' },
    ...(signal && { signal }),
  });
  const late = new ModelError('model_unavailable', { reason: 'connect_timeout' });
  const timer = setTimeout(() => sent.destroy(late), connectMs);
  sent.once('socket', (socket) => {
    if (socket.connecting) socket.once(client.connected, () => clearTimeout(timer));
    else clearTimeout(timer);
  });
  sent.once('response', resolve);
  sent.once('error', (error) => reject(signal?.aborted ? error : unreachable(error)));
  sent.once('close', () => clearTimeout(timer));
  sent.end(body);
  return promise;
}

function unreachable(error: Error): ModelError {
  if (error instanceof ModelError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new ModelError('model_unavailable', { reason: code ?? 'no_connection' });
}

function boundedBody(answer: IncomingMessage, maxBytes: number): ReadableStream<Uint8Array> {
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) return controller.close();
        bytes += value.byteLength;
        if (bytes > maxBytes) {
          answer.destroy();
          throw new ModelError('model_too_large');
        }
        controller.enqueue(value);
      },
      cancel: () => void answer.destroy(),
    },
    { highWaterMark: 0 },
  );
}
