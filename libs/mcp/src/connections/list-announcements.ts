import type { Client } from '@modelcontextprotocol/client';

/** How long the first list waits until its changes are announced. Milliseconds. */
const LONGEST_WAIT_MS = 1_000;

/** How long a server may take to accept. Milliseconds. */
const ACCEPTED_WITHIN_MS = 10_000;

/** What has ended is not opened again sooner, so that a server that ends it at once is not asked without end. Milliseconds. */
const REOPEN_AFTER_MS = 10_000;

/**
 * From 2026 on a server announces that its lists have changed only to those who have asked for it, in one open request. It
 * is opened before the first list is read, and, if it has ended, with a later one: never in a loop.
 */
export class ListAnnouncements {
  private isOpen = false;
  private openedAt = -Infinity;

  constructor(
    private readonly client: Client,
    /** What was read before may have changed unannounced. */
    private readonly onOpen: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Resolves at once, except for the first time. */
  async open(): Promise<void> {
    if (this.isOpen || this.now() - this.openedAt < REOPEN_AFTER_MS) return;
    const filter = this.announced();
    if (!filter) return;
    const isFirst = this.openedAt === -Infinity;
    this.openedAt = this.now();
    this.isOpen = true;
    const accepted = this.listen(filter);
    const limit = new Promise<void>((resolve) => setTimeout(resolve, LONGEST_WAIT_MS).unref());
    if (isFirst) await Promise.race([accepted, limit]);
  }

  private async listen(filter: object): Promise<void> {
    try {
      const subscription = await this.client.listen(filter, { timeout: ACCEPTED_WITHIN_MS });
      this.onOpen();
      void subscription.closed.then(() => (this.isOpen = false));
    } catch {
      // It does not tell, or is gone: its lists are read again when they are old.
      this.isOpen = false;
    }
  }

  /** What the server says that it announces; undefined for nothing, and for one of 2025, which announces without being asked. */
  private announced(): object | undefined {
    if (this.client.getProtocolEra() !== 'modern') return undefined;
    const { tools, prompts } = this.client.getServerCapabilities() ?? {};
    const filter = {
      ...(tools?.listChanged === true && { toolsListChanged: true }),
      ...(prompts?.listChanged === true && { promptsListChanged: true }),
    };
    return Object.keys(filter).length > 0 ? filter : undefined;
  }
}
