import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Incident } from './incident.entity.js';
import { IncidentAccount, IS_AFFECTED } from './incident-account.entity.js';
import { IncidentAction } from './incident-action.entity.js';
import { IncidentEntry } from './incident-entry.entity.js';
import { IncidentEvent } from './incident-event.entity.js';
import { toIncidentEventView } from './incident-event.view.js';
import { IncidentItem } from './incident-item.entity.js';
import { IncidentJournalService } from './incident-journal.service.js';
import type { IncidentChange } from './incident-change.js';
import type { IncidentSeverity } from './incident-kind.js';
import {
  CHECKLIST_PHASES,
  type ChecklistPhase,
  type IncidentPhase,
  phaseMove,
} from './incident-phase.js';
import { IncidentError } from './incident.error.js';
import {
  type IncidentDetailView,
  type IncidentPageView,
  type IncidentTimelineView,
  type IncidentView,
  toActionView,
  toEntryView,
  toIncidentView,
  toItemView,
} from './incident.view.js';
import type { Operator } from './operator.js';

export interface IncidentFilter {
  readonly state?: 'open' | 'closed';
  readonly limit: number;
  readonly before?: string;
}

/** Incidents once they are open, up to their end. What is done against them is in `ContainmentService`. */
@Injectable()
export class IncidentService {
  constructor(
    private readonly em: EntityManager,
    private readonly journal: IncidentJournalService,
  ) {}

  /** The latest first. */
  async list({ state, limit, before }: IncidentFilter): Promise<IncidentPageView> {
    const where = {
      ...(state ? { closedAt: state === 'open' ? null : { $ne: null } } : {}),
      ...(before ? { id: { $lt: before } } : {}),
    };
    const found = await this.em
      .fork()
      .find(Incident, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    const incidents = found.slice(0, limit).map(toIncidentView);
    return { incidents, nextCursor: found.length > limit ? incidents.at(-1)!.id : null };
  }

  /** @throws IncidentError `incident_not_found` */
  async get(id: string): Promise<IncidentDetailView> {
    const em = this.em.fork();
    const incident = await em.findOne(Incident, { id });
    if (!incident) throw IncidentError.notFound();
    const items = await em.find(IncidentItem, { incidentId: id }, { orderBy: { position: 'asc' } });
    const actions = await em.find(
      IncidentAction,
      { incidentId: id },
      { orderBy: { startedAt: 'asc', actionKey: 'asc' } },
    );
    const events = await em.find(
      IncidentEvent,
      { incidentId: id },
      { orderBy: { linkedAt: 'asc', eventId: 'asc' } },
    );
    return {
      ...toIncidentView(incident),
      summary: incident.summary ?? null,
      lessons: incident.lessons ?? null,
      affectedAccounts: await em.count(IncidentAccount, { incidentId: id, ...IS_AFFECTED }),
      events: events.map(toIncidentEventView),
      items: items.map(toItemView),
      actions: actions.map(toActionView),
    };
  }

  /** The earliest first. @throws IncidentError `incident_not_found` */
  async timeline(id: string, limit: number, after = 0): Promise<IncidentTimelineView> {
    const em = this.em.fork();
    if ((await em.count(Incident, { id })) === 0) throw IncidentError.notFound();
    const found = await em.find(
      IncidentEntry,
      { incidentId: id, number: { $gt: after } },
      { orderBy: { number: 'asc' }, limit: limit + 1 },
    );
    const entries = found.slice(0, limit).map(toEntryView);
    return { entries, nextCursor: found.length > limit ? entries.at(-1)!.number : null };
  }

  /** Says how bad it is and what happened; again when more is known. @throws IncidentError */
  assess(
    id: string,
    { severity, summary }: { severity: IncidentSeverity; summary: string },
    operator: Operator,
  ): Promise<IncidentView> {
    return this.journal.change(id, operator, (change) => {
      const { incident } = change;
      Object.assign(incident, { severity, summary: change.text(summary) });
      change.write({ kind: 'assessed', subject: severity, text: summary });
      return Promise.resolve(toIncidentView(incident));
    });
  }

  note(id: string, text: string, operator: Operator): Promise<IncidentView> {
    return this.journal.change(id, operator, (change) => {
      change.write({ kind: 'note', text });
      return Promise.resolve(toIncidentView(change.incident));
    });
  }

  /**
   * Moves to the next phase, or back to an earlier one with a reason. The phase that it is in already is no error: of
   * two operators who move at once, both have what they wanted.
   *
   * @throws IncidentError `invalid_phase_change`, `incident_incomplete`
   */
  move(
    id: string,
    { phase, reason }: { phase: IncidentPhase; reason?: string },
    operator: Operator,
  ): Promise<IncidentView> {
    return this.journal.change(id, operator, async (change) => {
      const { incident } = change;
      const move = phaseMove(incident.phase, phase);
      if (move === 'too_far') throw IncidentError.tooFar(incident.phase);
      if (move === 'back' && reason === undefined) throw IncidentError.backWithoutReason();
      if (move === 'next') await assertDone(change);
      if (move !== 'none') {
        incident.phase = phase;
        change.write({ kind: 'phase_changed', subject: phase, text: reason });
      }
      return toIncidentView(incident);
    });
  }

  /** @throws IncidentError `incident_incomplete` before the last phase, and while anything is open */
  close(id: string, lessons: string, operator: Operator): Promise<IncidentView> {
    return this.journal.change(id, operator, async (change) => {
      const { incident } = change;
      const missing = await missingOf(change, CHECKLIST_PHASES);
      if (incident.phase !== 'learn') missing.unshift('move the incident to the phase learn');
      if (missing.length > 0) throw IncidentError.incomplete(missing);
      Object.assign(incident, { closedAt: change.now, lessons: change.text(lessons) });
      change.write({ kind: 'closed', text: lessons });
      return toIncidentView(incident);
    });
  }
}

/** What the phase that the incident is in asks for. */
async function assertDone(change: IncidentChange): Promise<void> {
  const { phase } = change.incident;
  if (phase === 'detect') return;
  const missing = await missingOf(
    change,
    CHECKLIST_PHASES.filter((checklist) => checklist === phase),
  );
  if (missing.length > 0) throw IncidentError.incomplete(missing);
}

async function missingOf(
  { em, incident }: IncidentChange,
  phases: readonly ChecklistPhase[],
): Promise<string[]> {
  const missing = incident.severity === null ? ['assess the incident'] : [];
  for (const phase of phases) {
    const open = await em.count(IncidentItem, { incidentId: incident.id, phase, state: 'open' });
    if (open > 0) missing.push(`settle the ${open} open items of the phase ${phase}`);
  }
  return missing;
}
