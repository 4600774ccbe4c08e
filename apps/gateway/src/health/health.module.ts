import { PersistenceModule } from '@app/persistence';
import { SecurityModule } from '@app/security';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), PersistenceModule, SecurityModule],
  controllers: [HealthController],
})
export class HealthModule {}
