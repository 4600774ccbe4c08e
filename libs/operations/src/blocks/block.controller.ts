import { RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject, currentRequest } from '@app/logging';
import { ApiEnvelope, ApiErrors, ListQuery } from '@app/security';
import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { millisecondsOf } from '../changes/milliseconds.js';
import { BlockListService } from './block-list.service.js';
import { BlockParams, NewBlockDto } from './block.dto.js';
import type { BlockErrorCode } from './block.error.js';
import { BlockService } from './block.service.js';
import { BlockPageView, BlockView } from './block.view.js';

const theBlock = ({ params, result }: AuditedCall) =>
  AuditObject.ofId('block', params.blockId ?? (result as Partial<BlockView> | undefined)?.id);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/blocks')
export class BlockController {
  constructor(
    private readonly blocks: BlockService,
    private readonly list: BlockListService,
  ) {}

  @Audit({ action: 'blocks.listed' })
  @ApiOperation({ operationId: 'listBlocks', summary: 'List the blocked networks' })
  @ApiEnvelope(200, BlockPageView)
  @Get()
  page(@Query() { limit, cursor }: ListQuery): Promise<BlockPageView> {
    return this.blocks.list(Number(limit ?? 50), cursor);
  }

  @Audit({ action: 'block.added', object: theBlock })
  @ApiOperation({
    operationId: 'addBlock',
    summary: 'Block a network, on all instances within a second',
  })
  @ApiEnvelope(201, BlockView)
  @ApiErrors<BlockErrorCode>('own_address', 'too_many_blocks')
  @Post()
  async add(@Body() { network, reason, seconds }: NewBlockDto): Promise<BlockView> {
    const wanted = { network, reason, durationMs: millisecondsOf(seconds) };
    const block = await this.blocks.add(wanted, currentRequest()?.ip);
    this.list.request();
    return block;
  }

  @Audit({ action: 'block.removed', object: theBlock })
  @ApiOperation({ operationId: 'removeBlock', summary: 'Remove the block of a network' })
  @ApiEnvelope(200)
  @ApiErrors<BlockErrorCode>('block_not_found')
  @Delete(':blockId')
  async remove(@Param() { blockId }: BlockParams): Promise<void> {
    await this.blocks.remove(blockId);
    this.list.request();
  }
}
