import type { Client } from '@modelcontextprotocol/client';
import { isObject } from '../json/json-text.js';
import { anyParams } from './any-params.js';

/** The longest id by which a server tells that an address is done with. Characters. */
const LONGEST_ID = 256;

/**
 * The addresses that a server has the person open while its calls wait. It tells when one is done with
 * (`notifications/elicitation/complete`), and is believed for what it has asked itself, on this connection.
 */
export class OpenAddresses {
  private readonly open = new Map<string, AbortController>();

  constructor(client: Client) {
    client.setNotificationHandler(
      'notifications/elicitation/complete',
      { params: anyParams },
      ({ elicitationId: id }) => {
        if (typeof id === 'string') this.open.get(id)?.abort();
      },
    );
  }

  /** @param ask is given what is aborted when the server tells so; undefined for a question that it has no id for */
  async during<T>(params: unknown, ask: (done?: AbortSignal) => Promise<T>): Promise<T> {
    const { mode, elicitationId: id } = isObject(params) ? params : {};
    const isKnown = typeof id === 'string' && (id.length > LONGEST_ID || this.open.has(id));
    if (mode !== 'url' || typeof id !== 'string' || isKnown) return ask();
    const done = new AbortController();
    this.open.set(id, done);
    try {
      return await ask(done.signal);
    } finally {
      this.open.delete(id);
    }
  }
}
