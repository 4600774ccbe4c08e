import { httpConfig } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { BlockService } from './block.service.js';
import { NetworkBlock } from './network-block.entity.js';

/** Adds and removes blocks; commands need nothing else. */
@Module({
  imports: [ConfigModule.forFeature(httpConfig), MikroOrmModule.forFeature([NetworkBlock])],
  providers: [BlockService],
  exports: [BlockService, MikroOrmModule],
})
export class BlocksModule {}
