import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { clientAddress } from '../throttling/client-address.js';

/** How long a client may read nothing of what waits for it. Milliseconds. */
const LONGEST_STALL_MS = 15_000;

/** How much of an answer is handed to its connection at a time. Bytes; a slow phone reads it in less than a stall. */
const SLICE_BYTES = 16 * 1024;

/** What answers of one client, and of all, may hold in memory while they are not read. Bytes. */
export const MAX_UNREAD_BYTES = { perClient: 16 * 1024 * 1024, inAll: 128 * 1024 * 1024 } as const;

/** An answer that is being read in slices. */
interface PacedAnswer {
  readonly client: string;
  readonly socket: Socket;
  left: number;
  /** When its client last took some of it. */
  readAt: number;
}

interface Progress {
  written: number;
  since: number;
}

/**
 * Answers that wait to be read. Unread answers are kept in memory: so a client that reads nothing for a while is
 * disconnected, and when clients hold too much, those that have read nothing for longest are.
 */
export class UnreadAnswers {
  private readonly log = new Logger('Connections');
  private readonly sockets = new Map<Socket, Progress>();
  private readonly paced = new Set<PacedAnswer>();
  private readonly perClient = new Map<string, number>();
  private bytesInAll = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The bytes of long answers that are held now. */
  get bytes(): number {
    return this.bytesInAll;
  }

  watch(socket: Socket): void {
    this.sockets.set(socket, { written: 0, since: this.now() });
    socket.once('close', () => this.sockets.delete(socket));
  }

  /**
   * Sends a long answer in slices, each when the one before is read: this shows whether a client reads, and its unread
   * bytes are counted. Streams are slow to come by themselves.
   */
  pace(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    const isText = typeof payload === 'string';
    if ((!isText && !Buffer.isBuffer(payload)) || payload.length <= SLICE_BYTES) return payload;
    const bytes = isText ? Buffer.from(payload) : payload;
    reply.header('Content-Length', bytes.length);
    const client = clientAddress(request.ip);
    const { socket } = request.raw;
    const answer = { client, socket, left: bytes.length, readAt: this.now() };
    this.hold(answer, bytes.length);
    this.paced.add(answer);
    this.makeRoomFor(answer);
    return this.slices(answer, bytes);
  }

  /** Ends the connections whose clients have read nothing for too long. */
  cutStalled(): void {
    const now = this.now();
    for (const [socket, progress] of this.sockets) {
      const waiting = socket.writableLength;
      const written = socket.bytesWritten - waiting;
      if (waiting === 0 || written !== progress.written) {
        Object.assign(progress, { written, since: now });
      } else if (now - progress.since >= LONGEST_STALL_MS) this.cut(socket, 'stalled');
    }
  }

  private slices(answer: PacedAnswer, bytes: Buffer): Readable {
    const slices = new Readable({
      highWaterMark: SLICE_BYTES,
      read: () => {
        const from = bytes.length - answer.left;
        if (answer.left === 0) return void slices.push(null);
        const slice = bytes.subarray(from, from + SLICE_BYTES);
        answer.readAt = this.now();
        this.hold(answer, -slice.length);
        answer.left -= slice.length;
        slices.push(slice);
      },
    });
    slices.once('close', () => {
      this.hold(answer, -answer.left);
      this.paced.delete(answer);
    });
    return slices;
  }

  private hold({ client }: PacedAnswer, bytes: number): void {
    this.bytesInAll += bytes;
    const held = (this.perClient.get(client) ?? 0) + bytes;
    if (held > 0) this.perClient.set(client, held);
    else this.perClient.delete(client);
  }

  private makeRoomFor(answer: PacedAnswer): void {
    const held = this.perClient.get(answer.client) ?? 0;
    const others = [...this.paced].filter((other) => other !== answer && !other.socket.destroyed);
    const { perClient, inAll } = MAX_UNREAD_BYTES;
    if (held > perClient)
      this.cutLongestUnread(others.filter(({ client }) => client === answer.client));
    if (this.bytesInAll > inAll) this.cutLongestUnread(others);
  }

  /** One makes room for one: what is held never exceeds the bound by more than the answer at hand. */
  private cutLongestUnread(answers: readonly PacedAnswer[]): void {
    const longest = answers.toSorted((one, other) => one.readAt - other.readAt)[0];
    if (longest) this.cut(longest.socket, 'too_much_unread');
  }

  /** Ends a connection. Requests that arrived together with the one that it is ended for are still being read. */
  cut(socket: Socket, reason: 'stalled' | 'too_much_unread' | 'pipelined'): void {
    if (socket.destroyed) return;
    this.log.warn({ event: 'connections.cut', reason });
    socket.destroy();
  }
}
