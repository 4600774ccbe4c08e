import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { SecurityEvent } from './security-event.entity.js';
import { SecurityEventDataSource } from './security-event-data.source.js';
import { SecurityEventService } from './security-event.service.js';

/** Security events in the database; commands need nothing else. */
@Module({
  imports: [MikroOrmModule.forFeature([SecurityEvent])],
  providers: [SecurityEventDataSource, SecurityEventService],
  exports: [MikroOrmModule, SecurityEventDataSource, SecurityEventService],
})
export class SecurityEventsModule {}
