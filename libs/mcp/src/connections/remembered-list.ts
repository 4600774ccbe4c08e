import { ProtocolError, type Client } from '@modelcontextprotocol/client';
import { isObject } from '../json/json-text.js';
import { McpError } from '../mcp.error.js';
import type { ServerList } from '../results/server-list.js';
import { NO_TIMEOUT_MS } from '../transports/transport-limits.js';
import { anything } from './anything.js';
import type { ListName } from './server-records.js';
import { toMcpError } from './to-mcp-error.js';
import type { ToldFaults } from './told-faults.js';

/** Announcements of a changed list do not reach us from every server, so a list is not trusted for longer. Milliseconds. */
const MAX_AGE_MS = 60_000;

const MAX_PAGES = 20;

/** How long a page behind the first may take: what is there is worth more than what is not. Milliseconds. */
const NEXT_PAGE_MS = 5_000;

const METHOD_NOT_FOUND = -32601;

const NO_PAGE = { given: [], nextCursor: undefined };

interface Page {
  readonly given: readonly unknown[];
  readonly nextCursor: unknown;
}

/** Which list of a server it is. */
export interface ListKind<Entry> {
  readonly name: ListName;
  /** A list with nothing in it yet. */
  readonly begin: () => ServerList<Entry>;
  /** Whether a server that does not know the question has none of them. */
  readonly mayBeUnknown: () => boolean;
}

/** A list of a server: all its pages, from memory until the server tells that it has changed, and for a minute at most. */
export class RememberedList<Entry> {
  private known: { readonly entries: Entry[]; readonly readAt: number } | undefined;
  private version = 0;

  constructor(
    private readonly client: Client,
    private readonly kind: ListKind<Entry>,
    private readonly faults: ToldFaults,
  ) {
    client.setNotificationHandler(`notifications/${kind.name}/list_changed`, () => this.forget());
  }

  /** To be read again. */
  forget(): void {
    this.known = undefined;
    this.version += 1;
  }

  async read(signal: AbortSignal): Promise<Entry[]> {
    if (this.known && Date.now() - this.known.readAt < MAX_AGE_MS) return this.known.entries;
    const { version } = this;
    const entries = await this.readAll(signal);
    if (version === this.version) this.known = { entries, readAt: Date.now() };
    return entries;
  }

  /** Page by page and entry by entry. A list without end, or whose pages repeat, ends at a bound. */
  private async readAll(signal: AbortSignal): Promise<Entry[]> {
    const list = this.kind.begin();
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page =
        cursor === undefined
          ? await this.readPage(undefined, signal)
          : await this.nextPage(cursor, signal, list);
      for (const one of page.given) list.add(one);
      const { nextCursor } = page;
      cursor = typeof nextCursor === 'string' && !seen.has(nextCursor) ? nextCursor : undefined;
      if (cursor) seen.add(cursor);
      if (cursor && seen.size >= MAX_PAGES)
        list.cut('', `The list is cut: over ${MAX_PAGES} pages.`);
    } while (cursor && !list.isFull);
    this.faults.tell(this.kind.name, list.faults);
    return list.entries;
  }

  /** One that does not come costs no more than itself. */
  private async nextPage(
    cursor: string,
    signal: AbortSignal,
    list: ServerList<Entry>,
  ): Promise<Page> {
    const inTime = AbortSignal.timeout(NEXT_PAGE_MS);
    try {
      return await this.readPage(cursor, AbortSignal.any([signal, inTime]));
    } catch (error) {
      const isLate = inTime.aborted && !signal.aborted;
      if (!isLate && toMcpError(error).code !== 'mcp_protocol_error') throw error;
      const reason = isLate ? 'does not come in time' : 'cannot be read';
      list.cut('', `The list is cut: its next page ${reason}.`);
      return NO_PAGE;
    }
  }

  private async readPage(cursor: string | undefined, signal: AbortSignal): Promise<Page> {
    const { name, mayBeUnknown } = this.kind;
    let page: unknown;
    try {
      page = await this.client.request(
        { method: `${name}/list`, ...(cursor !== undefined && { params: { cursor } }) },
        anything,
        { signal, timeout: NO_TIMEOUT_MS },
      );
    } catch (error) {
      const isUnknown = error instanceof ProtocolError && error.code === METHOD_NOT_FOUND;
      if (!isUnknown || !mayBeUnknown()) throw error;
      return NO_PAGE;
    }
    const { [name]: given, nextCursor } = isObject(page) ? page : {};
    // An empty list is null in Go, or left out.
    if (given === undefined || given === null) return { given: [], nextCursor };
    if (!Array.isArray(given)) {
      const reason = `The answer to ${name}/list has no list of ${name}.`;
      throw new McpError('mcp_protocol_error', undefined, { field: name, reason });
    }
    return { given, nextCursor };
  }
}
