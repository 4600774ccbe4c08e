import { PersistenceModule } from '@app/persistence';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), PersistenceModule],
  controllers: [HealthController],
})
export class HealthModule {}
