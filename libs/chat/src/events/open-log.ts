import type { MessagePart, NumberedPart, TextDelta } from './message-part.js';
import { OPENING_PARTS } from './run-parts.js';

/** How much of a run waits to be written before its engine waits as well. Bytes. */
const MOST_PENDING_BYTES = 256 * 1024;

/** The longest text in one part, and the longest part: what a reader holds at a time. Characters. */
const LONGEST_DELTA = 16 * 1024;
export const LONGEST_PART = 64 * 1024;

interface PendingText {
  readonly id: string;
  text: string;
}

type Pending = { readonly text: PendingText } | { readonly json: string };

/** The log of one run that is at work: what has been told of its answer, and not been written yet. */
export class OpenLog {
  private readonly pending: Pending[] = [];
  private pendingBytes = 0;
  private isInFlight = false;
  private readonly waiting: PromiseWithResolvers<void>[] = [];
  private failure: Error | undefined;

  /**
   * @param onPending is called when there is something to write
   * @param seq the number of the last part that has been written
   */
  constructor(
    readonly runId: string,
    private readonly onPending: (log: OpenLog) => void,
    private seq: number = OPENING_PARTS,
  ) {}

  get hasPending(): boolean {
    return this.pending.length > 0;
  }

  /** Text joins what waits of the same part, so that a slow log has fewer, longer parts. */
  appendText(id: string, delta: string): Promise<void> {
    const last = this.pending.at(-1);
    if (last && 'text' in last && last.text.id === id) last.text.text += delta;
    else this.pending.push({ text: { id, text: delta } });
    return this.appended(Buffer.byteLength(delta));
  }

  append(part: Exclude<MessagePart, TextDelta>): Promise<void> {
    const json = JSON.stringify(part);
    if (json.length > LONGEST_PART) {
      return Promise.reject(new RangeError(`a part of an answer is too long: ${part.type}`));
    }
    this.pending.push({ json });
    return this.appended(Buffer.byteLength(json));
  }

  /** Resolves when all that was told is durable. @throws what keeps it from being written */
  async written(): Promise<void> {
    while (this.hasPending || this.isInFlight) await this.wait();
    if (this.failure) throw this.failure;
  }

  /** Numbers parts that another write puts behind what has been written. */
  number(parts: readonly MessagePart[]): NumberedPart[] {
    return parts.map((part) => ({ seq: (this.seq += 1), part: JSON.stringify(part) }));
  }

  /** The next parts, numbered, of about so many bytes. They count as pending until they are `committed`. */
  take(mostBytes: number): NumberedPart[] {
    const taken: NumberedPart[] = [];
    this.isInFlight = true;
    for (let bytes = 0; bytes < mostBytes && this.pending.length > 0;) {
      const part = this.next();
      taken.push({ seq: (this.seq += 1), part });
      bytes += Buffer.byteLength(part);
    }
    return taken;
  }

  /** What was taken is durable. */
  committed(): void {
    this.isInFlight = false;
    this.pendingBytes = this.pending.reduce((bytes, one) => bytes + sizeOf(one), 0);
    if (this.pendingBytes > MOST_PENDING_BYTES) return;
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** It cannot be written, now or later. */
  fail(error: Error): void {
    this.failure = error;
    this.isInFlight = false;
    this.pending.length = 0;
    this.pendingBytes = 0;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  private next(): string {
    const [first] = this.pending as [Pending];
    if ('json' in first) {
      this.pending.shift();
      return first.json;
    }
    const { id, text } = first.text;
    const delta = firstOf(text);
    if (delta.length === text.length) this.pending.shift();
    else first.text.text = text.slice(delta.length);
    return JSON.stringify({ type: 'text-delta', id, delta } satisfies TextDelta);
  }

  private appended(bytes: number): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.pendingBytes += bytes;
    this.onPending(this);
    return this.pendingBytes > MOST_PENDING_BYTES ? this.wait() : DONE;
  }

  private wait(): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.waiting.push(waiter);
    return waiter.promise;
  }
}

const DONE = Promise.resolve();

function sizeOf(pending: Pending): number {
  return Buffer.byteLength('json' in pending ? pending.json : pending.text.text);
}

/** So much of a text that no character is divided. */
function firstOf(text: string): string {
  if (text.length <= LONGEST_DELTA) return text;
  const first = text.slice(0, LONGEST_DELTA);
  return /[\ud800-\udbff]$/.test(first) ? first.slice(0, -1) : first;
}
