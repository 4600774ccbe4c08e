import { SecurityModule } from '@app/security';
import { Module } from '@nestjs/common';
import { BlockController } from './blocks/block.controller.js';
import { BlockListModule } from './blocks/block-list.module.js';
import { DetectionModule } from './detection/detection.module.js';
import { IncidentController } from './incidents/incident.controller.js';
import { IncidentResponseController } from './incidents/incident-response.controller.js';
import { IncidentsModule } from './incidents/incidents.module.js';
import { LimitChangesJob } from './limits/limit-changes.job.js';
import { LimitChangesModule } from './limits/limit-changes.module.js';
import { LimitController } from './limits/limit.controller.js';
import { LogLevelChangesModule } from './log-levels/log-level-changes.module.js';
import { LogLevelController } from './log-levels/log-level.controller.js';
import { LogLevelsJob } from './log-levels/log-levels.job.js';
import { SwitchController } from './switches/switch.controller.js';
import { SwitchDataSource } from './switches/switch-data.source.js';
import { SwitchListService } from './switches/switch-list.service.js';
import { SwitchesModule } from './switches/switches.module.js';

/** What an operator does to a service that runs. */
@Module({
  imports: [
    BlockListModule,
    DetectionModule,
    IncidentsModule,
    LimitChangesModule,
    LogLevelChangesModule,
    SecurityModule,
    SwitchesModule,
  ],
  controllers: [
    BlockController,
    IncidentController,
    IncidentResponseController,
    LimitController,
    LogLevelController,
    SwitchController,
  ],
  providers: [LimitChangesJob, LogLevelsJob, SwitchDataSource, SwitchListService],
  exports: [BlockListModule, IncidentsModule, SwitchDataSource, SwitchesModule],
})
export class OperationsModule {}
