import { ApiProperty } from '@nestjs/swagger';
import type { Containment, SecurityEvent } from './security-event.entity.js';
import { type Evidence, SUBJECT_TYPES, type SubjectType } from './security-finding.js';
import { SEVERITIES, type Severity, severityOf } from './severity.js';

const CONTAINMENTS: readonly Containment[] = ['blocked', 'shared', 'spared', 'failed'];

export class SecurityEventView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'password-spraying' })
  rule!: string;

  @ApiProperty({ enum: SEVERITIES })
  severity!: Severity;

  @ApiProperty({ enum: SUBJECT_TYPES })
  subjectType!: SubjectType;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  accountId!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: '203.0.113.7',
    description: 'The address of a client; for IPv6 its network.',
  })
  address!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'A tool, as profile/server/name.',
  })
  object!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { accounts: 15 },
    description: 'The counts and values that the rule has found.',
  })
  evidence!: Evidence;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'How many findings belong to this event.',
  })
  count!: number;

  @ApiProperty({ format: 'date-time' })
  firstSeenAt!: string;

  @ApiProperty({ format: 'date-time' })
  lastSeenAt!: string;

  @ApiProperty({ example: 'gateway-1:4711', description: 'The process that reported it first.' })
  instance!: string;

  @ApiProperty({
    type: 'string',
    enum: CONTAINMENTS,
    nullable: true,
    description:
      'What was done to the address. Addresses that several users share (shared) and addresses of the operator (spared) are not blocked.',
  })
  containment!: Containment | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  containedUntil!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  acknowledgedAt!: string | null;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  acknowledgedBy!: string | null;
}

export class SecurityEventPageView {
  @ApiProperty({ type: [SecurityEventView] })
  events!: SecurityEventView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

/** What was found, as rows keep it: an event has it, and so has what an incident keeps of an event. */
type FoundRow = Pick<
  SecurityEvent,
  | 'rule'
  | 'severity'
  | 'subjectType'
  | 'accountId'
  | 'address'
  | 'object'
  | 'evidence'
  | 'count'
  | 'firstSeenAt'
  | 'lastSeenAt'
>;

export function foundIn(row: FoundRow) {
  const { rule, subjectType, accountId, address, object, count } = row;
  return {
    rule,
    severity: severityOf(row.severity),
    subjectType,
    accountId: accountId ?? null,
    address: address ?? null,
    object: object ?? null,
    evidence: JSON.parse(row.evidence) as Evidence,
    count,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
  };
}

export function toSecurityEventView(event: SecurityEvent): SecurityEventView {
  const { id, instance, containment, acknowledgedBy } = event;
  return {
    id,
    ...foundIn(event),
    instance,
    containment: containment ?? null,
    containedUntil: event.containedUntil?.toISOString() ?? null,
    acknowledgedAt: event.acknowledgedAt?.toISOString() ?? null,
    acknowledgedBy: acknowledgedBy ?? null,
  };
}
