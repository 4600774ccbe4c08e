import { PROTOCOL_VERSION_META_KEY, type JSONRPCMessage } from '@modelcontextprotocol/client';
import { isObject } from '../json/json-text.js';

/** A request that was sent and has no answer yet. */
export interface PendingRequest {
  readonly id: number | string;
  readonly method: string;
  /** The protocol version that `initialize` offers. */
  readonly offeredVersion: unknown;
  /** Sent in the form of 2026, where a result has to say that it is complete. */
  readonly isModern: boolean;
}

/** Stays open for as long as it may, and is not answered in between. */
const LISTEN = 'subscriptions/listen';

/** The requests of one connection that wait for an answer, so that an answer can be read as what was asked for. */
export class PendingRequests {
  private readonly byId = new Map<string, PendingRequest>();

  add(message: JSONRPCMessage): void {
    if (!('method' in message) || !('id' in message)) return;
    const { id, method, params } = message;
    // The question of its era is over, answered or not, when the server is asked to begin.
    if (method === 'initialize') this.byId.clear();
    const meta = isObject(params) && isObject(params._meta) ? params._meta : {};
    this.byId.set(String(id), {
      id,
      method,
      offeredVersion: params?.protocolVersion,
      isModern: typeof meta[PROTOCOL_VERSION_META_KEY] === 'string',
    });
  }

  /**
   * The request that an answer belongs to, which is then no longer pending. Some servers return a number as text, and
   * null where they could not read the request: with a single request pending it can be no other.
   */
  take(id: unknown): PendingRequest | undefined {
    const request = this.find(id);
    if (request) this.byId.delete(String(request.id));
    return request;
  }

  delete(id: unknown): void {
    if (isId(id)) this.byId.delete(String(id));
  }

  private find(id: unknown): PendingRequest | undefined {
    if (isId(id)) return this.byId.get(String(id)) ?? this.byId.get(String(Number(id)));
    if (id !== null && id !== undefined) return undefined;
    const [only, ...others] = [...this.byId.values()].filter(({ method }) => method !== LISTEN);
    return others.length === 0 ? only : undefined;
  }
}

export function isId(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}
