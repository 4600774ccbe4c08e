import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Answer, aUser, call, type Chat, type Tokens, type User } from './client.ts';
import type { Gateway } from './gateway.ts';
import { openStream, type Part } from './streams.ts';

/** What phones do all the time, and probes. */
export const KINDS = ['signIn', 'refresh', 'read', 'chat', 'stream', 'health'] as const;
export type Kind = (typeof KINDS)[number];

/** One call, as its caller saw it. */
export interface Seen {
  readonly kind: Kind;
  readonly sentAt: number;
  readonly endedAt: number;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

type Outcome = Pick<Seen, 'status' | 'code' | 'retryAfter'>;

/** How many clients do the same, and how long each of them rests. */
const CLIENTS = 2;
const REST_MS = 25;

/** Whatever a database does, no answer comes later than that. Milliseconds. */
const GIVEN_UP_MS = 60_000;

/** Clients of several instances, each call at the next one, as a load balancer would spread them. */
export class OutageLoad {
  readonly seen: Seen[] = [];
  /** Those whose messages are sent. */
  readonly writers: User[] = [];
  /** The messages that were acknowledged. */
  readonly acknowledged: string[] = [];
  /** Codes of runs that were stored and have no whole answer: their phones know it. */
  readonly unanswered: string[] = [];
  private readonly clients: Promise<void>[] = [];
  private isOver = false;
  private turn = 0;

  constructor(private readonly gateways: readonly Gateway[]) {}

  async start(): Promise<void> {
    for (let n = 0; n < CLIENTS; n += 1) {
      const [visitor, phone, reader, writer, listener] = await Promise.all(
        Array.from({ length: 5 }, () => aUser(this.gateways[0]!)),
      );
      this.writers.push(writer!, listener!);
      this.repeat('signIn', this.signsIn(visitor!));
      this.repeat('refresh', this.refreshes(phone!));
      this.repeat('read', () => this.asks('/api/chat/conversations', { token: reader!.token }));
      this.repeat('chat', this.chats(writer!));
      this.repeat('stream', this.streams(listener!));
    }
    this.repeat('health', () => this.asks('/health', {}));
  }

  /** Resolves when each client has its last answer. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
  }

  /** Of the calls that were sent after a moment and are answered, how many of each kind fit. */
  counts(after: number, fits: (seen: Seen) => boolean): number[] {
    const found = this.seen.filter((seen) => seen.sentAt >= after && fits(seen));
    return KINDS.map((kind) => found.filter((seen) => seen.kind === kind).length);
  }

  private repeat(kind: Kind, once: () => Promise<Outcome>): void {
    this.clients.push(this.repeated(kind, once));
  }

  private async repeated(kind: Kind, once: () => Promise<Outcome>): Promise<void> {
    while (!this.isOver) {
      const sentAt = performance.now();
      const outcome = await within(once());
      this.seen.push({ kind, sentAt, endedAt: performance.now(), ...outcome });
      await setTimeout(REST_MS);
    }
  }

  private next(): Gateway {
    this.turn += 1;
    return this.gateways[this.turn % this.gateways.length]!;
  }

  private async asks(path: string, options: Parameters<typeof call>[2]): Promise<Outcome> {
    return outcomeOf(await call(this.next(), path, options));
  }

  private signsIn({ username, password }: User) {
    return () => this.asks('/api/auth/login', { body: { username, password } });
  }

  private refreshes(user: User) {
    let { refreshToken } = user;
    return async () => {
      const answer = await call<Tokens>(this.next(), '/api/auth/refresh', {
        body: { refreshToken },
      });
      if (answer.status === 200) ({ refreshToken } = answer.data);
      return outcomeOf(answer);
    };
  }

  /** Each message until it is acknowledged, with the same key, as api.md tells apps to do. */
  private chats(user: User) {
    let message = aMessage();
    return async () => {
      const answer = await call<Chat>(this.next(), '/api/chat', {
        token: user.token,
        headers: { 'Idempotency-Key': message.key },
        body: { message: message.text, profile_id: 'notes' },
      });
      if (answer.status === 200) this.acknowledged.push(message.text);
      if (answer.status !== 503) {
        if (answer.status !== 200) this.unanswered.push(String(answer.body.error?.code));
        message = aMessage();
      }
      return outcomeOf(answer);
    };
  }

  /** Each stream to its end, from wherever it broke. */
  private streams(user: User) {
    let message = aMessage();
    return async () => {
      const stream = await openStream(this.next(), '/api/chat', user, {
        method: 'POST',
        headers: { Accept: 'text/event-stream', 'Idempotency-Key': message.key },
        body: { message: message.text, profile_id: 'notes' },
      });
      const read = await stream.ended;
      const retryAfter = String(stream.headers['retry-after'] ?? '') || null;
      if (stream.status === 503) {
        const { error } = JSON.parse(read.text) as { error: { code: string } };
        return { status: 503, code: error.code, retryAfter };
      }
      const last = read.parts.at(-1);
      if (read.isDone) {
        this.acknowledged.push(message.text);
        if (last!.type !== 'finish') this.unanswered.push(codeOf(read.parts));
        message = aMessage();
      }
      return { status: stream.status, code: read.isDone ? last?.type : 'cut', retryAfter };
    };
  }
}

const aMessage = () => ({ key: randomUUID(), text: `remember ${randomUUID()}` });

/** Why a run has no whole answer. */
function codeOf(parts: readonly Part[]): string {
  const { errorCode, status } = parts.findLast(({ type }) => type === 'data-run')!.data!;
  return String(errorCode ?? status);
}

function outcomeOf({ status, body, headers }: Answer<unknown>): Outcome {
  return { status, code: body.error?.code, retryAfter: headers.get('retry-after') };
}

/** What a client does whose call fails or is never answered. */
async function within(outcome: Promise<Outcome>): Promise<Outcome> {
  const nothing = (code: string): Outcome => ({ status: 0, code, retryAfter: null });
  const late = setTimeout(GIVEN_UP_MS, nothing('no answer'), { ref: false });
  return Promise.race([outcome.catch((error: Error) => nothing(error.message)), late]);
}
