import { ApiProperty } from '@nestjs/swagger';
import type { NetworkBlock } from './network-block.entity.js';

export class BlockView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '203.0.113.0/24' })
  network!: string;

  @ApiProperty({ example: 'Password spraying since 14:00' })
  reason!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt!: string | null;
}

export class BlockPageView {
  @ApiProperty({ type: [BlockView] })
  blocks!: BlockView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export function toBlockView(block: NetworkBlock): BlockView {
  const { id, network, reason, createdAt, expiresAt } = block;
  return {
    id,
    network,
    reason,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
