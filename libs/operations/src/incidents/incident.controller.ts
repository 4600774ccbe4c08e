import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors, BareResponse } from '@app/security';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  type StreamableFile,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SecurityEventErrorCode } from '../events/security-event.error.js';
import { ApiIncidentFile } from './api-incident-file.decorator.js';
import {
  AssessmentDto,
  ClosureDto,
  IncidentEventsDto,
  IncidentParams,
  IncidentsQuery,
  NewIncidentDto,
  NoteDto,
  PhaseDto,
  ReportQuery,
  TimelineQuery,
} from './incident.dto.js';
import type { IncidentErrorCode } from './incident.error.js';
import { theIncident } from './incident-object.js';
import { IncidentEventService } from './incident-event.service.js';
import { IncidentOpeningService } from './incident-opening.service.js';
import { IncidentReportService } from './incident-report.service.js';
import { IncidentService } from './incident.service.js';
import {
  IncidentDetailView,
  IncidentPageView,
  IncidentTimelineView,
  IncidentView,
} from './incident.view.js';
import { operatorOf } from './operator.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/incidents')
export class IncidentController {
  constructor(
    private readonly incidents: IncidentService,
    private readonly opening: IncidentOpeningService,
    private readonly events: IncidentEventService,
    private readonly reports: IncidentReportService,
  ) {}

  @Audit({ action: 'incidents.listed' })
  @ApiOperation({ operationId: 'listIncidents', summary: 'List the incidents, the latest first' })
  @ApiEnvelope(200, IncidentPageView)
  @Get()
  list(@Query() { limit, cursor, state }: IncidentsQuery): Promise<IncidentPageView> {
    return this.incidents.list({ state, limit: Number(limit ?? 50), before: cursor });
  }

  @Audit({ action: 'incident.opened', object: theIncident })
  @ApiOperation({
    operationId: 'openIncident',
    summary: 'Open an incident, in the phase detect',
    description:
      'With eventIds it takes over what was found, and lists the accounts that it is about.',
  })
  @ApiEnvelope(201, IncidentView)
  @ApiErrors<IncidentErrorCode | SecurityEventErrorCode>(
    'event_in_incident',
    'security_event_not_found',
    'too_many_incidents',
  )
  @Post()
  open(
    @CurrentUser() user: Principal,
    @Body() { eventIds, ...input }: NewIncidentDto,
  ): Promise<IncidentView> {
    return this.opening.open({ ...input, eventIds: eventIds ?? [] }, operatorOf(user));
  }

  @Audit({ action: 'incident.read', object: theIncident })
  @ApiOperation({
    operationId: 'getIncident',
    summary: 'Get an incident, with its checklist and actions',
  })
  @ApiEnvelope(200, IncidentDetailView)
  @ApiErrors<IncidentErrorCode>('incident_not_found')
  @Get(':incidentId')
  get(@Param() { incidentId }: IncidentParams): Promise<IncidentDetailView> {
    return this.incidents.get(incidentId);
  }

  @Audit({ action: 'incident.read', object: theIncident })
  @ApiOperation({
    operationId: 'getIncidentTimeline',
    summary: 'List the timeline of an incident, the earliest entry first',
  })
  @ApiEnvelope(200, IncidentTimelineView)
  @ApiErrors<IncidentErrorCode>('incident_not_found')
  @Get(':incidentId/timeline')
  timeline(
    @Param() { incidentId }: IncidentParams,
    @Query() { limit, after }: TimelineQuery,
  ): Promise<IncidentTimelineView> {
    return this.incidents.timeline(incidentId, Number(limit ?? 50), Number(after ?? 0));
  }

  @Audit({ action: 'incident.reported', object: theIncident })
  @BareResponse()
  @ApiOperation({
    operationId: 'exportIncident',
    summary: 'Export the report of an incident as a file, in Markdown or JSON',
  })
  @ApiIncidentFile()
  @ApiErrors<IncidentErrorCode>('incident_not_found')
  @Get(':incidentId/report')
  report(
    @Param() { incidentId }: IncidentParams,
    @Query() { format }: ReportQuery,
  ): Promise<StreamableFile> {
    return this.reports.file(incidentId, format ?? 'markdown');
  }

  @Audit({ action: 'incident.assessed', object: theIncident })
  @ApiOperation({
    operationId: 'assessIncident',
    summary: 'Set the severity and the summary of an incident',
  })
  @ApiEnvelope(200, IncidentView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @Put(':incidentId/assessment')
  assess(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() input: AssessmentDto,
  ): Promise<IncidentView> {
    return this.incidents.assess(incidentId, input, operatorOf(user));
  }

  @Audit({ action: 'incident.moved', object: theIncident })
  @ApiOperation({
    operationId: 'moveIncident',
    summary: 'Move an incident to its next phase, or back with a reason',
  })
  @ApiEnvelope(200, IncidentView)
  @ApiErrors<IncidentErrorCode>(
    'incident_not_found',
    'incident_closed',
    'incident_full',
    'incident_incomplete',
    'invalid_phase_change',
  )
  @Put(':incidentId/phase')
  move(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() input: PhaseDto,
  ): Promise<IncidentView> {
    return this.incidents.move(incidentId, input, operatorOf(user));
  }

  @Audit({ action: 'incident.noted', object: theIncident })
  @ApiOperation({ operationId: 'addIncidentNote', summary: 'Add a note to the timeline' })
  @ApiEnvelope(200, IncidentView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @HttpCode(200)
  @Post(':incidentId/notes')
  note(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() { text }: NoteDto,
  ): Promise<IncidentView> {
    return this.incidents.note(incidentId, text, operatorOf(user));
  }

  @Audit({ action: 'incident.events_added', object: theIncident })
  @ApiOperation({
    operationId: 'addIncidentEvents',
    summary: 'Add security events to an incident, as further evidence',
  })
  @ApiEnvelope(200, IncidentView)
  @ApiErrors<IncidentErrorCode | SecurityEventErrorCode>(
    'incident_not_found',
    'incident_closed',
    'incident_full',
    'event_in_incident',
    'security_event_not_found',
  )
  @HttpCode(200)
  @Post(':incidentId/events')
  addEvents(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() { eventIds }: IncidentEventsDto,
  ): Promise<IncidentView> {
    return this.events.add(incidentId, eventIds, operatorOf(user));
  }

  @Audit({ action: 'incident.closed', object: theIncident })
  @ApiOperation({ operationId: 'closeIncident', summary: 'Close an incident, with its lessons' })
  @ApiEnvelope(200, IncidentView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_incomplete')
  @HttpCode(200)
  @Post(':incidentId/close')
  close(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() { lessons }: ClosureDto,
  ): Promise<IncidentView> {
    return this.incidents.close(incidentId, lessons, operatorOf(user));
  }
}
