import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { LogLevelChange } from './log-level-change.entity.js';
import { LogLevelChangeService } from './log-level-change.service.js';

/** Changes levels of the log; commands need nothing else. */
@Module({
  imports: [MikroOrmModule.forFeature([LogLevelChange])],
  providers: [LogLevelChangeService],
  exports: [LogLevelChangeService],
})
export class LogLevelChangesModule {}
