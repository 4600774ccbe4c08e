import { AdministrationServicesModule } from '@app/auth';
import { securityConfig } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { LimitChange } from './limit-change.entity.js';
import { LimitChangeService } from './limit-change.service.js';

/** Changes limits; commands need nothing else. */
@Module({
  imports: [
    ConfigModule.forFeature(securityConfig),
    MikroOrmModule.forFeature([LimitChange]),
    AdministrationServicesModule,
  ],
  providers: [LimitChangeService],
  exports: [LimitChangeService],
})
export class LimitChangesModule {}
