import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';

/** What no proxy may hold back, change or keep. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

const HEARTBEAT = ':\n\n';

/**
 * An answer of server-sent events, with the headers that every other answer has. It keeps nothing: what the client does
 * not read stays where it comes from, as long as `isFull`.
 */
export class EventStream {
  private readonly raw: ServerResponse;
  private writtenAt = performance.now();

  constructor(reply: FastifyReply, headers: Readonly<Record<string, string>>) {
    reply.hijack();
    this.raw = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) this.raw.setHeader(name, value);
    }
    this.raw.writeHead(200, { ...HEADERS, ...headers });
    this.raw.flushHeaders();
  }

  /** Whether what was written has not left yet. */
  get isFull(): boolean {
    return this.raw.writableNeedDrain;
  }

  get isClosed(): boolean {
    return this.raw.destroyed || this.raw.writableEnded;
  }

  /** When something was last written, on the monotonic clock. Milliseconds. */
  get lastWriteAt(): number {
    return this.writtenAt;
  }

  /** Calls `then` each time there is room again. */
  onRoom(then: () => void): void {
    this.raw.on('drain', then);
  }

  /** Calls `then` once: when the stream has ended, or its client has left. */
  onClosed(then: () => void): void {
    if (this.raw.closed || this.raw.destroyed) then();
    else this.raw.once('close', then);
  }

  write(text: string): void {
    if (this.isClosed) return;
    this.writtenAt = performance.now();
    this.raw.write(text);
  }

  /** A comment, which tells client and proxies that the connection lives. */
  beat(): void {
    if (!this.isFull) this.write(HEARTBEAT);
  }

  /** After what was written before, which the client may yet read. */
  end(text = ''): void {
    if (!this.isClosed) this.raw.end(text);
  }
}
