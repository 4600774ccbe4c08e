import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { OpenStreams } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { ChangedRows } from '../changes/changed-rows.js';
import { BlockedNetworks } from './blocked-networks.js';
import { type Network, parseNetwork } from './network.js';
import { NetworkBlock } from './network-block.entity.js';

/**
 * Whose calls are refused, known to every instance within a second. In memory, as each call asks; while the database is
 * away what is known stays.
 */
@Injectable()
export class BlockListService extends ChangeFollower {
  protected readonly log = new Logger('Blocks');
  private readonly networks = new BlockedNetworks();
  private readonly known = new Map<string, Network>();
  private readonly rows: ChangedRows<NetworkBlock>;

  constructor(
    look: ChangeLookJob,
    em: EntityManager,
    private readonly streams: OpenStreams,
  ) {
    super(look, 'blocks.unread', 'blocks');
    this.rows = new ChangedRows<NetworkBlock>(em, NetworkBlock, {
      known: () => this.known.keys(),
      keep: (block, end) => this.keep(block, end),
      forget: (id) => this.forget(id),
    });
  }

  /** All of them before the first request. */
  override async onApplicationBootstrap(): Promise<void> {
    await this.rows.readAll();
    await super.onApplicationBootstrap();
  }

  /** @param ip canonical */
  isBlocked(ip: string): boolean {
    return this.networks.has(ip);
  }

  protected async read(): Promise<void> {
    await this.rows.look();
    this.afterLook();
  }

  /** A stream that began when its block was on the way is ended by the next look. */
  protected override afterLook(): void {
    if (this.known.size === 0) return;
    this.streams.endWhere(({ address }) => this.isBlocked(address), 'blocked');
  }

  private keep({ id, network: text }: NetworkBlock, end: number): void {
    if (this.known.has(id)) return;
    const network = parseNetwork(text);
    if (!network) return;
    this.known.set(id, network);
    this.networks.add(id, network, end);
  }

  private forget(id: string): void {
    const network = this.known.get(id);
    if (!network) return;
    this.known.delete(id);
    this.networks.remove(id, network);
  }
}
