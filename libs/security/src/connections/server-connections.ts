import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { clientAddress, clientSite } from '../throttling/client-address.js';
import type { ConnectionsConfig } from './connections.config.js';
import { UnreadAnswers } from './unread-answers.js';

/** How often connections are looked at. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/** At most one line about refused connections in this time. Milliseconds. */
const LOG_INTERVAL_MS = 10_000;

/** Requests that one connection may have in the works: clients that do not wait for answers are no phones. */
const MAX_REQUESTS_AT_ONCE = 8;

/**
 * Every open connection of the server, and the bounds that hold for them: how many there are in all and of one
 * address, how many requests one has in the works, and how long it may leave an answer unread.
 */
export class ServerConnections {
  private readonly log = new Logger('Connections');
  private readonly open = new Set<Socket>();
  private readonly requests = new WeakMap<Socket, number>();
  /** By client address, and by IPv6 site. */
  private readonly perNetwork = new Map<string, number>();
  private readonly onAnswered = this.forgetRequest();
  private readonly refused = { count: 0, loggedAt: -LOG_INTERVAL_MS };

  constructor(
    private readonly bounds: Pick<ConnectionsConfig, 'mostInAll' | 'mostPerAddress'>,
    /** Proxies carry the connections of many clients. */
    private readonly isProxy: (ip: string) => boolean,
    private readonly unread = new UnreadAnswers(),
  ) {}

  /** Watches a server that has not begun to listen. */
  watch(server: Server): void {
    // Before the listener of Node's own, which would begin to read what is refused here.
    server.prependListener('connection', (socket) => this.accept(socket));
    server.on('secureConnection', (socket: Socket) => this.unread.watch(socket));
    const look = setInterval(() => this.look(), LOOK_INTERVAL_MS).unref();
    server.once('close', () => clearInterval(look));
  }

  /** Bounds what the requests of one connection hold in memory. */
  boundRequests(server: FastifyInstance): void {
    server.addHook('onRequest', (request, reply, done) => {
      const { socket } = request.raw;
      const atOnce = (this.requests.get(socket) ?? 0) + 1;
      this.requests.set(socket, atOnce);
      reply.raw.on('close', this.onAnswered);
      if (atOnce > MAX_REQUESTS_AT_ONCE) this.unread.cut(socket, 'pipelined');
      else done();
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      done(null, this.unread.pace(request, reply, payload));
    });
  }

  /** How many connections are open. */
  get size(): number {
    return this.open.size;
  }

  /** Ends all of them, whatever they are at. */
  destroyAll(): void {
    for (const socket of this.open) socket.destroy();
  }

  private accept(socket: Socket): void {
    const ip = socket.remoteAddress ?? '';
    const isFull = this.open.size >= this.bounds.mostInAll;
    const ofClient = this.boundsOf(ip);
    const isTooMany = ofClient.some(
      ([network, most]) => (this.perNetwork.get(network) ?? 0) >= most,
    );
    if (isFull || (isTooMany && !this.isProxy(ip))) {
      this.refused.count += 1;
      socket.destroy();
      return;
    }
    this.open.add(socket);
    for (const [network] of ofClient) this.count(network, 1);
    this.unread.watch(socket);
    socket.once('close', () => {
      this.open.delete(socket);
      for (const [network] of ofClient) this.count(network, -1);
    });
  }

  /** What a client counts for, and the most of each. An IPv6 site has 65,536 networks: it must leave room for others. */
  private boundsOf(ip: string): readonly (readonly [string, number])[] {
    const site = clientSite(ip);
    const ofAddress = [clientAddress(ip), this.bounds.mostPerAddress] as const;
    return site ? [ofAddress, [site, Math.ceil(this.bounds.mostInAll / 2)]] : [ofAddress];
  }

  private count(network: string, more: 1 | -1): void {
    const open = (this.perNetwork.get(network) ?? 0) + more;
    if (open > 0) this.perNetwork.set(network, open);
    else this.perNetwork.delete(network);
  }

  /** One listener for all answers: each emits `close` once. */
  private forgetRequest() {
    const { requests } = this;
    return function (this: ServerResponse) {
      const { socket } = this.req;
      requests.set(socket, (requests.get(socket) ?? 1) - 1);
    };
  }

  private look(): void {
    this.unread.cutStalled();
    const now = performance.now();
    if (this.refused.count === 0 || now - this.refused.loggedAt < LOG_INTERVAL_MS) return;
    this.log.warn({ event: 'connections.refused', count: this.refused.count });
    Object.assign(this.refused, { count: 0, loggedAt: now });
  }
}
