import {
  EventStream,
  type OpenStream,
  OwnAnswer,
  type StreamEnd,
  type StreamPlace,
} from '@app/security';
import type { FastifyReply } from 'fastify';
import { eventId } from './event-id.js';
import type { MessagePart, NumberedPart, RunReference } from './message-part.js';
import type { Page } from './run-log.reader.js';
import type { RunWatcher, RunWatchers } from './run-watchers.js';

const HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' };

/** After the last part, as the protocol wants it. */
const DONE = 'data: [DONE]\n\n';

/** When a client may come back after a restart: not all at once. Milliseconds. */
const COME_BACK_AFTER_MS = { least: 2_000, most: 6_000 } as const;

/** What a stream reads and where it stands among others. */
export interface StreamSource {
  readonly reference: RunReference;
  /** The number of the part that it goes on behind; 0 for all of them. */
  readonly after: number;
  readonly place: StreamPlace;
  readonly watchers: RunWatchers;
  /** The parts behind one; undefined if there is no such run any more. */
  read(after: number): Promise<Page | undefined>;
  /** What has failed is logged. */
  failed(error: unknown): void;
}

/**
 * One reader of a run, over one connection. It holds a cursor into the log, and reads on when its client has taken what
 * was sent. What has just been logged is sent without being read again, if it comes next and there is room.
 */
export class RunStream extends OwnAnswer implements OpenStream, RunWatcher {
  cursor: number;
  private stream!: EventStream;
  private isReading = false;
  private isStale = false;

  constructor(private readonly source: StreamSource) {
    super();
    this.cursor = source.after;
  }

  get runId(): string {
    return this.source.reference.runId;
  }

  get conversationId(): string {
    return this.source.reference.conversationId;
  }

  get lastWriteAt(): number {
    return this.stream.lastWriteAt;
  }

  override sendTo(reply: FastifyReply): void {
    const { place, watchers } = this.source;
    this.stream = new EventStream(reply, HEADERS);
    watchers.add(this);
    this.stream.onRoom(() => {
      if (this.isStale) this.wake();
    });
    this.stream.onClosed(() => {
      watchers.remove(this);
      place.release();
    });
    place.fill(this);
    this.wake();
  }

  beat(): void {
    this.stream.beat();
  }

  receive(parts: readonly NumberedPart[]): void {
    if (this.isReading || this.stream.isFull || parts[0]?.seq !== this.cursor + 1) this.wake();
    else this.send(parts);
  }

  wake(): void {
    this.isStale = true;
    if (!this.isReading) void this.readOn();
  }

  cut(reason: StreamEnd): void {
    if (reason !== 'restarting') {
      this.stream.end(unnumbered({ type: 'error', errorText: REASONS[reason] }));
      return;
    }
    const { least, most } = COME_BACK_AFTER_MS;
    const afterMs = Math.round(least + Math.random() * (most - least));
    const part = { type: 'data-reconnect', data: { afterMs }, transient: true } as const;
    this.stream.end(`retry: ${afterMs}\n${unnumbered(part)}`);
  }

  private async readOn(): Promise<void> {
    this.isReading = true;
    try {
      while (this.isStale && !this.stream.isFull && !this.stream.isClosed) {
        this.isStale = false;
        const page = await this.source.read(this.cursor);
        if (!page) this.stream.end();
        else this.sendPage(page);
      }
    } catch (error) {
      this.source.failed(error);
      // As if the connection broke: the client resumes.
      this.stream.end();
    } finally {
      this.isReading = false;
    }
  }

  private sendPage({ parts, isLast }: Page): void {
    const areAllSent = this.send(parts);
    if (isLast && areAllSent) this.stream.end(DONE);
    else if (parts.length > 0) this.isStale = true;
  }

  /** As much as there is room for; the rest is read again when there is. */
  private send(parts: readonly NumberedPart[]): boolean {
    for (const { seq, part } of parts) {
      if (this.stream.isFull || this.stream.isClosed) {
        this.isStale = true;
        return false;
      }
      this.stream.write(`id: ${eventId(this.runId, seq)}\ndata: ${part}\n\n`);
      this.cursor = seq;
    }
    return true;
  }
}

const REASONS: Readonly<Record<Exclude<StreamEnd, 'restarting'>, string>> = {
  session_ended: 'Your session has ended. Sign in again.',
  blocked: 'Calls from your network are refused.',
  access_blocked: 'Your access has been blocked. Ask the operator of this service.',
};

function unnumbered(part: MessagePart): string {
  return `data: ${JSON.stringify(part)}\n\n`;
}
