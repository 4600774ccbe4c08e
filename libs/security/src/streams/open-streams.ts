import { gauge } from '@app/metrics';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SecurityError } from '../errors/security.error.js';
import { StreamError } from './stream.error.js';
import { streamsConfig } from './streams.config.js';

/** How long a stream may be silent. Milliseconds. */
const HEARTBEAT_MS = 15_000;

/** How often silent streams are looked for, and how many are written to at once: more would hold up other calls. */
const LOOK_INTERVAL_MS = 500;
const BEATS_PER_LOOK = 500;

const openStreams = gauge({
  name: 'gateway_open_streams',
  help: 'Event streams that this process keeps open.',
  labels: [],
});

/** Whose a stream is. */
export interface StreamOwner {
  readonly accountId: string;
  readonly sessionId: string;
  /** The known device of the session. */
  readonly deviceId?: string | undefined;
  /** Of its client, canonical. */
  readonly address: string;
}

/** Why a stream ends before what it tells of does. */
export type StreamEnd = 'session_ended' | 'blocked' | 'access_blocked' | 'restarting';

/** A stream that is kept open. */
export interface OpenStream {
  readonly lastWriteAt: number;
  beat(): void;
  /** Says why, and ends. */
  cut(reason: StreamEnd): void;
}

/** The place of one stream among those of its account. */
export interface StreamPlace {
  /** From now on the stream is kept alive, and ends with its session. */
  fill(stream: OpenStream): void;
  /** Once, when the stream has ended or has not begun. */
  release(): void;
}

/**
 * The event streams that this process keeps open: how many each account has, a sign of life where one is silent, and
 * their end at a shutdown or with their session.
 */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly streams = new Map<OpenStream, StreamOwner>();
  private readonly perAccount = new Map<string, number>();
  private readonly timer = setInterval(() => this.beat(), LOOK_INTERVAL_MS).unref();
  private readonly forget = openStreams.readFrom(() => [{ labels: {}, value: this.streams.size }]);
  private isClosing = false;

  constructor(
    @Inject(streamsConfig.KEY) private readonly config: ConfigType<typeof streamsConfig>,
  ) {}

  /** @throws StreamError `too_many_streams`, SecurityError `unavailable` during a shutdown */
  reserve(owner: StreamOwner): StreamPlace {
    const { accountId } = owner;
    const open = this.perAccount.get(accountId) ?? 0;
    if (this.isClosing) throw SecurityError.unavailable(undefined);
    if (open >= this.config.mostPerAccount) throw StreamError.tooMany();
    this.perAccount.set(accountId, open + 1);
    let stream: OpenStream | undefined;
    let isReleased = false;
    return {
      fill: (one) => {
        stream = one;
        this.streams.set(one, owner);
        if (this.isClosing) one.cut('restarting');
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        if (stream) this.streams.delete(stream);
        this.giveBack(accountId);
      },
    };
  }

  /** The sessions that have a stream. */
  sessions(): string[] {
    return [...new Set([...this.streams.values()].map(({ sessionId }) => sessionId))];
  }

  endSessions(ended: ReadonlySet<string>): void {
    this.endWhere(({ sessionId }) => ended.has(sessionId), 'session_ended');
  }

  /** Ends the streams of those owners. */
  endWhere(isOver: (owner: StreamOwner) => boolean, reason: StreamEnd): void {
    for (const [stream, owner] of this.streams) if (isOver(owner)) stream.cut(reason);
  }

  /** First of all: the server closes when it has no request left, and what a stream tells of is on record. */
  onModuleDestroy(): void {
    this.forget();
    this.isClosing = true;
    clearInterval(this.timer);
    for (const stream of this.streams.keys()) stream.cut('restarting');
  }

  private giveBack(accountId: string): void {
    const open = this.perAccount.get(accountId)! - 1;
    if (open > 0) this.perAccount.set(accountId, open);
    else this.perAccount.delete(accountId);
  }

  private beat(): void {
    const before = performance.now() - HEARTBEAT_MS + LOOK_INTERVAL_MS;
    let beats = 0;
    for (const stream of this.streams.keys()) {
      if (stream.lastWriteAt > before) continue;
      stream.beat();
      if ((beats += 1) >= BEATS_PER_LOOK) return;
    }
  }
}
