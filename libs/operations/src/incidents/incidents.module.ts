import { OperatorAccessModule, SigningKeysModule } from '@app/auth';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { BlocksModule } from '../blocks/blocks.module.js';
import { SecurityEventsModule } from '../events/security-events.module.js';
import { SwitchesModule } from '../switches/switches.module.js';
import { AffectedAccountService } from './affected-account.service.js';
import { ContainmentDeedsService } from './containment-deeds.service.js';
import { ContainmentService } from './containment.service.js';
import { Incident } from './incident.entity.js';
import { IncidentAccount } from './incident-account.entity.js';
import { IncidentAction } from './incident-action.entity.js';
import { IncidentChecklistService } from './incident-checklist.service.js';
import { IncidentDataSource } from './incident-data.source.js';
import { IncidentEntry } from './incident-entry.entity.js';
import { IncidentEvent } from './incident-event.entity.js';
import { IncidentItem } from './incident-item.entity.js';
import { IncidentJournalService } from './incident-journal.service.js';
import { IncidentEventService } from './incident-event.service.js';
import { IncidentOpeningService } from './incident-opening.service.js';
import { IncidentReportService } from './incident-report.service.js';
import { IncidentService } from './incident.service.js';

/** Incidents along the phases of the policy; commands need nothing else. */
@Module({
  imports: [
    BlocksModule,
    OperatorAccessModule,
    SecurityEventsModule,
    SigningKeysModule,
    SwitchesModule,
    MikroOrmModule.forFeature([
      Incident,
      IncidentAccount,
      IncidentAction,
      IncidentEntry,
      IncidentEvent,
      IncidentItem,
    ]),
  ],
  providers: [
    AffectedAccountService,
    ContainmentDeedsService,
    ContainmentService,
    IncidentChecklistService,
    IncidentDataSource,
    IncidentJournalService,
    IncidentEventService,
    IncidentOpeningService,
    IncidentReportService,
    IncidentService,
  ],
  exports: [
    AffectedAccountService,
    ContainmentService,
    IncidentChecklistService,
    IncidentDataSource,
    IncidentEventService,
    IncidentOpeningService,
    IncidentReportService,
    IncidentService,
  ],
})
export class IncidentsModule {}
