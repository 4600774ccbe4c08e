import type { RecordAudit } from '@app/logging';
import { addressMatcher, httpConfig } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { v7 } from 'uuid';
import { inForce, longOver, markChanged } from '../changes/followed-row.js';
import { BlockError } from './block.error.js';
import { type BlockView, toBlockView } from './block.view.js';
import { formatNetwork, parseNetwork } from './network.js';
import { NetworkBlock } from './network-block.entity.js';

/** The most blocks at a time: each look-up stays cheap, and a start reads them all. */
export const MAX_BLOCKS = 100_000;

/** Detection leaves the other half to operators: an attack from many addresses must not take their room. */
export const MAX_AUTOMATIC_BLOCKS = MAX_BLOCKS / 2;

/** What an operator wants blocked. */
export interface NewBlock {
  /** An address or a network in CIDR notation. */
  readonly network: string;
  readonly reason: string;
  /** How long; until it is removed without. Milliseconds. */
  readonly durationMs?: number;
}

/** Blocks networks, and removes blocks. `BlockListService` has every instance know. */
@Injectable()
export class BlockService {
  constructor(
    private readonly em: EntityManager,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
  ) {}

  /** Those that are in force, the latest first. */
  async list(
    limit: number,
    before?: string,
  ): Promise<{ blocks: BlockView[]; nextCursor: string | null }> {
    const where = { ...inForce(), ...(before ? { id: { $lt: before } } : {}) };
    const found = await this.em
      .fork()
      .find(NetworkBlock, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    const blocks = found.slice(0, limit).map(toBlockView);
    return { blocks, nextCursor: found.length > limit ? blocks.at(-1)!.id : null };
  }

  /** Whether the calls of its network are refused now. */
  async isInForce(id: string, em: EntityManager = this.fork()): Promise<boolean> {
    return (await em.count(NetworkBlock, { id, ...inForce() })) > 0;
  }

  /**
   * @param ownAddress of the one who asks, who must not lock themselves out
   * @param record writes the record in the same transaction
   * @param most adds none where there are so many
   * @throws BlockError `own_address`, `too_many_blocks`
   */
  async add(
    { network: text, reason, durationMs }: NewBlock,
    ownAddress?: string,
    record?: RecordAudit,
    most = MAX_BLOCKS,
  ): Promise<BlockView> {
    const network = formatNetwork(parseNetwork(text)!);
    this.assertNotOwn(network, ownAddress);
    const now = new Date();
    return this.fork().transactional(async (em) => {
      await em.nativeDelete(NetworkBlock, longOver(now));
      if ((await em.count(NetworkBlock, inForce())) >= most) throw BlockError.tooMany();
      const expiresAt = durationMs === undefined ? null : new Date(now.getTime() + durationMs);
      const block = em.create(NetworkBlock, {
        id: v7(),
        network,
        reason,
        createdAt: now,
        expiresAt,
        removedAt: null,
        changedAt: now,
      });
      await em.persist(block).flush();
      await record?.(block.id, em);
      await markChanged(em, 'blocks', [block.id]);
      return toBlockView(block);
    });
  }

  /** @throws BlockError `block_not_found` */
  async remove(id: string, record?: RecordAudit): Promise<void> {
    await this.fork().transactional(async (em) => {
      const now = new Date();
      const removed = await em.nativeUpdate(NetworkBlock, { id, ...inForce() }, { removedAt: now });
      if (removed === 0) throw BlockError.notFound();
      await record?.(id, em);
      await markChanged(em, 'blocks', [id]);
    });
  }

  private fork(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }

  /** A proxy carries the calls of everyone, this process calls itself by loopback. */
  private assertNotOwn(network: string, ownAddress: string | undefined): void {
    const proxies = this.http.trustProxy || [];
    const isBlocked = addressMatcher([network]);
    const isProxy = addressMatcher(proxies);
    const own = [ownAddress, '127.0.0.1', '::1', ...proxies.map(firstOf)];
    const holdsOwn = own.some((address) => address !== undefined && isBlocked(address));
    if (holdsOwn || isProxy(firstOf(network))) throw BlockError.ownAddress();
  }
}

/** Of two networks that overlap one holds the first address of the other. */
function firstOf(network: string): string {
  return network.split('/')[0]!;
}
