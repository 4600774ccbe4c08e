import { once } from 'node:events';
import { request } from 'node:http';
import type { User } from './client.ts';
import type { Gateway } from './gateway.ts';
import { resolve } from 'node:path';
import { aProfile } from './profiles.ts';

/** A part of an answer, as the stream has it. */
export interface Part {
  readonly type: string;
  readonly delta?: string;
  readonly errorText?: string;
  readonly data?: Record<string, unknown>;
  readonly messageId?: string;
  readonly messageMetadata?: { readonly runId: string; readonly conversationId: string };
}

/** What a client has read of a stream, of which the last event may be cut off. */
export class ReadEvents {
  readonly text: string;
  private readonly blocks: readonly string[];

  constructor(bytes: Uint8Array) {
    this.text = Buffer.from(bytes).toString();
    this.blocks = this.text.split('\n\n').slice(0, -1);
  }

  get parts(): Part[] {
    return this.blocks.flatMap((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      return data === undefined || data === '[DONE]' ? [] : [JSON.parse(data) as Part];
    });
  }

  get types(): string[] {
    return this.parts.map(({ type }) => type);
  }

  get ids(): string[] {
    return this.blocks.flatMap((block) => /^id: (.*)$/m.exec(block)?.[1] ?? []);
  }

  /** The words of the answer. */
  get answer(): string {
    return this.parts.map(({ delta }) => delta ?? '').join('');
  }

  get isDone(): boolean {
    return this.blocks.at(-1) === 'data: [DONE]';
  }
}

export interface StreamCall {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
  /** Hangs up when so many bytes of the body are there. */
  readonly cutAfter?: number;
}

/** An open stream. */
export interface Stream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What is there so far. */
  read(): ReadEvents;
  /** Resolves when the stream has ended, by either side. */
  readonly ended: Promise<ReadEvents>;
  hangUp(): void;
}

/** Opens a stream, and resolves with its headers. */
export async function openStream(
  { url }: Pick<Gateway, 'url'>,
  path: string,
  user: Pick<User, 'token'>,
  { method = 'GET', body, headers = {}, cutAfter = Infinity }: StreamCall = {},
): Promise<Stream> {
  const call = request(`${url}${path}`, {
    method,
    agent: false,
    headers: {
      Authorization: `Bearer ${user.token}`,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
  });
  call.end(body && JSON.stringify(body));
  const [answer] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  let size = 0;
  const read = () => new ReadEvents(Buffer.concat(chunks).subarray(0, cutAfter));
  const ended = new Promise<ReadEvents>((done) => answer.once('close', () => done(read())));
  answer.on('error', () => undefined);
  answer.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= cutAfter) answer.destroy();
  });
  return {
    status: answer.statusCode!,
    headers: answer.headers,
    read,
    ended,
    hangUp: () => answer.destroy(),
  };
}

/** Sends a message, and opens the stream of its answer. */
export function streamOf(
  gateway: Pick<Gateway, 'url'>,
  user: Pick<User, 'token'>,
  message: string,
  call: StreamCall = {},
): Promise<Stream> {
  return openStream(gateway, '/api/chat', user, {
    ...call,
    method: 'POST',
    body: { message, profile_id: 'slow' },
    headers: { Accept: 'text/event-stream', ...call.headers },
  });
}

/** The stream of a run, from its beginning or behind an event. */
export function follow(
  gateway: Pick<Gateway, 'url'>,
  user: Pick<User, 'token'>,
  runId: string,
  after?: string,
  call: StreamCall = {},
): Promise<Stream> {
  const headers: Record<string, string> = after === undefined ? {} : { 'Last-Event-ID': after };
  return openStream(gateway, `/api/chat/runs/${runId}/events`, user, { ...call, headers });
}

/** An assistant whose answers take as long as the message says. */
export function aSlowProfile(signal = '/nonexistent'): Record<string, unknown> {
  return {
    'slow.json': aProfile('slow', {
      servers: [
        {
          name: 'slow',
          transport: 'stdio',
          command: process.execPath,
          args: [resolve('test/e2e/slow-server.mjs')],
          env: { SIGNAL: signal },
        },
      ],
      allowedTools: { slow: ['tell_story', 'wait_for_signal'] },
      limits: { seconds: 60, resultBytes: 1_048_576 },
      isolation: 'shared',
    }),
  };
}
