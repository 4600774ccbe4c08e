import { createParser } from 'eventsource-parser';
import { AsyncLocalStorage } from 'node:async_hooks';
import { MAX_MESSAGE_BYTES } from './transport-limits.js';

/** How long the first call waits for the stream. A server without one says so at once. Milliseconds. */
const LONGEST_WAIT_MS = 1000;

/**
 * The stream of a session on which a server of 2025 asks and tells what belongs to no request: many ask the person there,
 * in the middle of a call. It is opened with the first call, and, if it has ended, with the next one: never in a loop.
 */
export class StandingStream {
  private attempt: { readonly ended: AbortController; readonly isOpen: Promise<void> } | undefined;
  private isRefused = false;
  private reading: Promise<void> | undefined;
  /** What comes belongs to no call, and not to the one that was the first. */
  private readonly outsideOfCalls = AsyncLocalStorage.snapshot();

  constructor(
    private readonly request: (signal: AbortSignal) => Promise<Response>,
    private readonly onData: (data: string) => void,
  ) {}

  /** Resolves when it is open, when the server has none, or when that takes too long. */
  async open(): Promise<void> {
    if (this.isRefused || this.attempt) return;
    const ended = new AbortController();
    const isOpen = this.outsideOfCalls(() => this.begin(ended));
    this.attempt = { ended, isOpen };
    const limit = new Promise<void>((resolve) => setTimeout(resolve, LONGEST_WAIT_MS).unref());
    await Promise.race([isOpen, limit]);
  }

  /** Resolves when it has ended; undefined where none is open. */
  get untilEnd(): Promise<void> | undefined {
    return this.reading;
  }

  close(): void {
    this.isRefused = true;
    this.attempt?.ended.abort();
  }

  private async begin(ended: AbortController): Promise<void> {
    try {
      const response = await this.request(ended.signal);
      const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
      if (response.ok && response.body && isStream) {
        this.reading = this.read(response.body, ended);
        return;
      }
      this.isRefused = true;
      await response.body?.cancel();
    } catch {
      // The call that comes with it fails as well, if the server is gone; and the next one may find it again.
      this.attempt = undefined;
    }
  }

  private async read(body: ReadableStream<Uint8Array>, ended: AbortController): Promise<void> {
    let unread = 0;
    const parser = createParser({
      onEvent: ({ data }) => {
        unread = 0;
        if (data !== '') this.onData(data);
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        unread += chunk.byteLength;
        parser.feed(decoder.decode(chunk, { stream: true }));
        if (unread > MAX_MESSAGE_BYTES) ended.abort();
      }
    } catch {
      // It has broken, or it was closed.
    }
    this.attempt = undefined;
    this.reading = undefined;
  }
}
