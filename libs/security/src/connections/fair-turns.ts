import type { FastifyInstance } from 'fastify';
import { clientAddress } from '../throttling/client-address.js';

/** How many requests begin in one turn of the event loop. */
export const BEGUN_AT_ONCE = 8;

/**
 * Begins the requests of different clients in turn, a few in each turn of the event loop: one of each client that waits,
 * and again from the first. A client that sends many at once waits for itself, and hardly keeps the others waiting. As
 * the turns of the loop are short, what has begun also goes on soon.
 *
 * It holds what has arrived and has not begun; `ServerConnections` bounds that for each connection and client.
 */
export class FairTurns {
  /** The first client is the next one. */
  private readonly waiting = new Map<string, (() => void)[]>();

  /**
   * Resolves at a turn of this client. The caller goes on in its own asynchronous context: a callback would run in that
   * of another request, and log and audit under its id.
   */
  next(client: string): Promise<void> {
    return new Promise((begin) => {
      const before = this.waiting.get(client);
      if (before) return void before.push(begin);
      if (this.waiting.size === 0) this.plan();
      this.waiting.set(client, [begin]);
    });
  }

  private plan(): void {
    setImmediate(() => this.beginSome());
  }

  private beginSome(): void {
    const some: (() => void)[] = [];
    for (const [client, requests] of this.waiting) {
      some.push(requests.shift()!);
      this.waiting.delete(client);
      // Behind all others that wait: the loop comes to it again after them.
      if (requests.length > 0) this.waiting.set(client, requests);
      if (some.length === BEGUN_AT_ONCE) break;
    }
    if (this.waiting.size > 0) this.plan();
    for (const begin of some) begin();
  }
}

/** Has all requests wait for a turn of their client. The address of the client must be known. */
export function beginInTurns(server: FastifyInstance): void {
  const turns = new FairTurns();
  server.addHook('onRequest', ({ ip }) => turns.next(clientAddress(ip)));
}
