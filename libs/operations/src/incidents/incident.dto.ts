import { IsId, IsIdList, IsPageLimit, IsPlainText, ListQuery, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { LONGEST_TITLE } from './incident-evidence.js';
import { ITEM_STATES, type ItemState } from './item-state.js';
import {
  INCIDENT_KINDS,
  type IncidentKind,
  INCIDENT_SEVERITIES,
  type IncidentSeverity,
} from './incident-kind.js';
import {
  CHECKLIST_PHASES,
  type ChecklistPhase,
  INCIDENT_PHASES,
  type IncidentPhase,
} from './incident-phase.js';
import { REPORT_FORMATS, type ReportFormat } from './incident-report.service.js';

/** The most events that one call names. */
export const MAX_NAMED_EVENTS = 50;

export class IncidentParams {
  @IsId()
  incidentId!: string;
}

export class IncidentItemParams extends IncidentParams {
  @IsId()
  itemId!: string;
}

export class IncidentsQuery extends ListQuery {
  @ApiPropertyOptional({
    enum: ['open', 'closed'],
    description: 'Default: open and closed incidents.',
  })
  @IsOptional()
  @IsIn(['open', 'closed'])
  state?: 'open' | 'closed';
}

export class TimelineQuery {
  @IsPageLimit()
  limit?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'The nextCursor of the previous page.' })
  @IsOptional()
  @Matches(/^\d{1,6}$/, { message: '$property must be a number' })
  after?: string;
}

export class ReportQuery {
  @ApiPropertyOptional({ enum: REPORT_FORMATS, default: 'markdown' })
  @IsOptional()
  @IsIn(REPORT_FORMATS)
  format?: ReportFormat;
}

export class NewIncidentDto {
  @ApiPropertyOptional({
    enum: INCIDENT_KINDS,
    example: 'credential_attack',
    description: 'Selects the initial checklist. Default: by the rule of the first event.',
  })
  @IsOptional()
  @IsIn(INCIDENT_KINDS)
  kind?: IncidentKind;

  @ApiPropertyOptional({
    example: 'Sign-ins from a network that guesses passwords',
    maxLength: LONGEST_TITLE,
    description: 'Default: the rule and the subject of the first event.',
  })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, LONGEST_TITLE)
  title?: string;

  @IsIdList({
    optional: true,
    min: 0,
    max: MAX_NAMED_EVENTS,
    description: 'Security events, which are its evidence. Without them kind and title are needed.',
  })
  eventIds?: string[];
}

export class IncidentEventsDto {
  @IsIdList({ max: MAX_NAMED_EVENTS })
  eventIds!: string[];
}

export class AssessmentDto {
  @ApiProperty({ enum: INCIDENT_SEVERITIES })
  @IsIn(INCIDENT_SEVERITIES)
  severity!: IncidentSeverity;

  @ApiProperty({ example: 'Three accounts were opened from 203.0.113.0/24', maxLength: 4000 })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 4_000)
  summary!: string;
}

export class PhaseDto {
  @ApiProperty({ enum: INCIDENT_PHASES, description: 'The next phase, or an earlier one.' })
  @IsIn(INCIDENT_PHASES)
  phase!: IncidentPhase;

  @ApiPropertyOptional({ maxLength: 500, description: 'Required to go back.' })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 500)
  reason?: string;
}

export class NoteDto {
  @ApiProperty({ example: 'The provider of the network is told', maxLength: 2000 })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 2_000)
  text!: string;
}

export class NewItemDto {
  @ApiProperty({ enum: CHECKLIST_PHASES })
  @IsIn(CHECKLIST_PHASES)
  phase!: ChecklistPhase;

  @ApiProperty({ example: 'The network is reported to its provider', maxLength: 300 })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 300)
  text!: string;
}

export class ItemStateDto {
  @ApiProperty({ enum: ITEM_STATES })
  @IsIn(ITEM_STATES)
  state!: ItemState;

  @ApiPropertyOptional({ maxLength: 500, description: 'How it was done, or why it is not needed.' })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 500)
  note?: string;
}

export class ClosureDto {
  @ApiProperty({ example: 'Sign-ins from new networks raise an alert now', maxLength: 8000 })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 8_000)
  lessons!: string;
}
