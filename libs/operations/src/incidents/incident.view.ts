import { ApiProperty } from '@nestjs/swagger';
import type { Incident } from './incident.entity.js';
import {
  ACCOUNT_SOURCES,
  type AccountSource,
  type IncidentAccount,
} from './incident-account.entity.js';
import { type ActionState, type IncidentAction } from './incident-action.entity.js';
import { ENTRY_KINDS, type EntryKind, type IncidentEntry } from './incident-entry.entity.js';
import type { IncidentItem } from './incident-item.entity.js';
import { IncidentEventView } from './incident-event.view.js';
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
import { CONTAINMENT_TYPES, type ContainmentType } from './containment-type.js';

const moment = { type: 'string', format: 'date-time', nullable: true } as const;

export class IncidentView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: INCIDENT_KINDS })
  kind!: IncidentKind;

  @ApiProperty({ example: 'Sign-ins from a network that guesses passwords' })
  title!: string;

  @ApiProperty({
    enum: INCIDENT_SEVERITIES,
    nullable: true,
    description: 'Null until the incident is assessed.',
  })
  severity!: IncidentSeverity | null;

  @ApiProperty({ enum: INCIDENT_PHASES })
  phase!: IncidentPhase;

  @ApiProperty({ format: 'date-time' })
  openedAt!: string;

  @ApiProperty({ format: 'date-time' })
  changedAt!: string;

  @ApiProperty(moment)
  closedAt!: string | null;
}

export class IncidentPageView {
  @ApiProperty({ type: [IncidentView] })
  incidents!: IncidentView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export class IncidentItemView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: CHECKLIST_PHASES })
  phase!: ChecklistPhase;

  @ApiProperty({ example: 'Accounts whose password was guessed have a new one' })
  text!: string;

  @ApiProperty({ enum: ITEM_STATES })
  state!: ItemState;

  @ApiProperty({ type: 'string', nullable: true })
  note!: string | null;

  @ApiProperty(moment)
  settledAt!: string | null;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  settledBy!: string | null;
}

export class IncidentActionView {
  @ApiProperty({ enum: CONTAINMENT_TYPES })
  type!: ContainmentType;

  @ApiProperty({ type: 'string', nullable: true, example: '203.0.113.0/24' })
  target!: string | null;

  @ApiProperty({ enum: ['running', 'succeeded', 'failed'] satisfies ActionState[] })
  state!: ActionState;

  @ApiProperty({ type: 'string', nullable: true, description: 'Why it failed.' })
  errorCode!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The id of the block or key that the action created.',
  })
  resultId!: string | null;

  @ApiProperty({ description: 'The number of attempts.' })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  startedAt!: string;

  @ApiProperty(moment)
  endedAt!: string | null;
}

export class IncidentDetailView extends IncidentView {
  @ApiProperty({ type: 'string', nullable: true })
  summary!: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  lessons!: string | null;

  @ApiProperty({ description: 'The number of affected accounts.' })
  affectedAccounts!: number;

  @ApiProperty({ type: [IncidentEventView], description: 'What was found, as it was then.' })
  events!: IncidentEventView[];

  @ApiProperty({ type: [IncidentItemView] })
  items!: IncidentItemView[];

  @ApiProperty({ type: [IncidentActionView] })
  actions!: IncidentActionView[];
}

export class IncidentEntryView {
  @ApiProperty({ description: 'The position in the timeline, from 1.' })
  number!: number;

  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;

  @ApiProperty({ enum: ENTRY_KINDS })
  kind!: EntryKind;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description: 'Null: a command on the server, or a rule.',
  })
  actorId!: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  subject!: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  outcome!: string | null;

  @ApiProperty()
  text!: string;
}

export class IncidentTimelineView {
  @ApiProperty({ type: [IncidentEntryView] })
  entries!: IncidentEntryView[];

  @ApiProperty({ type: 'integer', nullable: true })
  nextCursor!: number | null;
}

export class AffectedAccountView {
  @ApiProperty({ format: 'uuid', description: 'A pseudonym once the account is erased.' })
  accountId!: string;

  @ApiProperty({ enum: ACCOUNT_SOURCES })
  source!: AccountSource;

  @ApiProperty({ format: 'date-time' })
  addedAt!: string;
}

export class AffectedAccountPageView {
  @ApiProperty({ type: [AffectedAccountView] })
  accounts!: AffectedAccountView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export function toIncidentView(incident: Incident) {
  const { id, kind, title, severity, phase, openedAt, changedAt, closedAt } = incident;
  return {
    id,
    kind,
    title,
    severity: severity ?? null,
    phase,
    openedAt: openedAt.toISOString(),
    changedAt: changedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  } satisfies IncidentView;
}

export function toItemView(item: IncidentItem): IncidentItemView {
  const { id, phase, text, state, note, settledAt, settledBy } = item;
  const settled = { settledAt: settledAt?.toISOString() ?? null, settledBy: settledBy ?? null };
  return { id, phase, text, state, note: note ?? null, ...settled };
}

export function toActionView(action: IncidentAction) {
  const { type, target, state, errorCode, resultId, attempts, startedAt, endedAt } = action;
  return {
    type,
    target: target ?? null,
    state,
    errorCode: errorCode ?? null,
    resultId: resultId ?? null,
    attempts,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  } satisfies IncidentActionView;
}

export function toEntryView(entry: IncidentEntry): IncidentEntryView {
  const { number, occurredAt, kind, actorId, subject, outcome, text } = entry;
  const about = { subject: subject ?? null, outcome: outcome ?? null, text };
  return { number, occurredAt: occurredAt.toISOString(), kind, actorId: actorId ?? null, ...about };
}

export function toAccountView({ accountId, source, addedAt }: IncidentAccount) {
  return { accountId, source, addedAt: addedAt.toISOString() };
}
