import { SecurityModule } from '@app/security';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), SecurityModule],
  controllers: [HealthController],
})
export class HealthModule {}
