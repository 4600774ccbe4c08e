import { ApiProperty } from '@nestjs/swagger';
import { foundIn } from '../events/security-event.view.js';
import { type Evidence, SUBJECT_TYPES, type SubjectType } from '../events/security-finding.js';
import { SEVERITIES, type Severity } from '../events/severity.js';
import type { IncidentEvent } from './incident-event.entity.js';

export class IncidentEventView {
  @ApiProperty({ format: 'uuid', description: 'Of the security event. That is kept for a time.' })
  eventId!: string;

  @ApiProperty({ example: 'password-spraying' })
  rule!: string;

  @ApiProperty({ enum: SEVERITIES })
  severity!: Severity;

  @ApiProperty({ enum: SUBJECT_TYPES })
  subjectType!: SubjectType;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description: 'A pseudonym once the account is erased.',
  })
  accountId!: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: '203.0.113.7' })
  address!: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'A tool.' })
  object!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { accounts: 15 } })
  evidence!: Evidence;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'How often it had been found.' })
  count!: number;

  @ApiProperty({ format: 'date-time' })
  firstSeenAt!: string;

  @ApiProperty({ format: 'date-time' })
  lastSeenAt!: string;

  @ApiProperty({ format: 'date-time' })
  linkedAt!: string;
}

export function toIncidentEventView(event: IncidentEvent): IncidentEventView {
  const { eventId, linkedAt } = event;
  return { eventId, ...foundIn(event), linkedAt: linkedAt.toISOString() };
}
