import { SecurityModule } from '@app/security';
import { Module } from '@nestjs/common';
import { BlockListService } from './block-list.service.js';
import { BlocksModule } from './blocks.module.js';

/** The blocks in the memory of a gateway; there is one list in a process. */
@Module({
  imports: [BlocksModule, SecurityModule],
  providers: [BlockListService],
  exports: [BlockListService, BlocksModule],
})
export class BlockListModule {}
