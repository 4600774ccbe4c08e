import type { Client } from '@modelcontextprotocol/client';
import { toJson } from '../json/json-text.js';
import { anyParams } from './any-params.js';

/** What the levels of the protocol are in our log. */
const LEVELS: Readonly<Record<string, MessageLevel>> = {
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'error',
  alert: 'error',
  emergency: 'error',
};

export type MessageLevel = 'debug' | 'info' | 'warn' | 'error';

/** So many messages of a connection are logged in so much time. Milliseconds. */
const MAX_MESSAGES = 20;
const WINDOW_MS = 10_000;

/** How much of a message is looked at. Characters. */
const LONGEST = 1_000;

export interface MessageListener {
  /** A server has something for the log, in its own words. */
  readonly onMessage: (level: MessageLevel, text: string) => void;
  /** So many messages were dropped since the last one. */
  readonly onDropped: (count: number) => void;
}

/** Takes `notifications/message` of a server. One that floods costs a counter. */
export class ServerMessages {
  private since = -Infinity;
  private count = 0;
  private dropped = 0;

  constructor(
    client: Client,
    private readonly told: MessageListener,
    private readonly now: () => number = () => performance.now(),
  ) {
    client.setNotificationHandler('notifications/message', { params: anyParams }, (params) => {
      this.receive(params);
    });
  }

  /** What was dropped is told when the next message comes, or here, at the end. */
  end(): void {
    if (this.dropped > 0) this.told.onDropped(this.dropped);
    this.dropped = 0;
  }

  private receive({ level, data, logger }: Record<string, unknown>): void {
    const now = this.now();
    if (now - this.since >= WINDOW_MS) {
      this.since = now;
      this.count = 0;
      this.end();
    }
    this.count += 1;
    if (this.count > MAX_MESSAGES) {
      this.dropped += 1;
      return;
    }
    const words = typeof data === 'string' ? data : (toJson(data) ?? '');
    const text = typeof logger === 'string' && logger !== '' ? `${logger}: ${words}` : words;
    this.told.onMessage(levelOf(level), text.slice(0, LONGEST));
  }
}

function levelOf(level: unknown): MessageLevel {
  return typeof level === 'string' && Object.hasOwn(LEVELS, level) ? LEVELS[level]! : 'info';
}
