import { AuditTrail } from '@app/logging';
import { SecurityError } from '@app/security';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { SecurityEventService } from '../events/security-event.service.js';
import type { SecurityEventView } from '../events/security-event.view.js';
import { Incident } from './incident.entity.js';
import { A_RULE, IncidentEventService, thereIfTaken } from './incident-event.service.js';
import { IncidentJournalService } from './incident-journal.service.js';
import type { IncidentChange } from './incident-change.js';
import { kindOfRule, titleOf } from './incident-evidence.js';
import { CHECKLISTS, type IncidentKind } from './incident-kind.js';
import { CHECKLIST_PHASES } from './incident-phase.js';
import { IncidentError } from './incident.error.js';
import { type IncidentView, toIncidentView } from './incident.view.js';
import type { Operator } from './operator.js';

/** The most incidents that are open: more cannot be worked on, and nothing may fill the table. */
const MAX_OPEN_INCIDENTS = 1_000;

export interface NewIncident {
  /** @default by the rule of the first event */
  readonly kind?: IncidentKind;
  /** @default the rule and the subject of the first event */
  readonly title?: string;
  /** Security events, which are its evidence. */
  readonly eventIds?: readonly string[];
}

interface Opened {
  readonly kind: IncidentKind;
  readonly title: string;
}

/** Opens incidents: by operators, and by the rules that say so. */
@Injectable()
export class IncidentOpeningService {
  constructor(
    private readonly em: EntityManager,
    private readonly journal: IncidentJournalService,
    private readonly events: SecurityEventService,
    private readonly evidence: IncidentEventService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * @throws IncidentError `too_many_incidents`, `event_in_incident`; SecurityEventError `security_event_not_found`;
   *   SecurityError `invalid_input` where neither the call nor an event says what it is
   */
  async open(
    { kind, title, eventIds = [] }: NewIncident,
    operator: Operator,
  ): Promise<IncidentView> {
    const events = await this.events.getAll(eventIds);
    const [first] = events;
    const opened = {
      kind: kind ?? (first ? kindOfRule(first.rule) : missing('kind')),
      title: title ?? (first ? titleOf(first) : missing('title')),
    };
    await this.evidence.assertFree(eventIds);
    try {
      return await this.openWith(opened, events, operator);
    } catch (error) {
      // Another operator was faster by a moment.
      if (error instanceof UniqueConstraintViolationException)
        await this.evidence.assertFree(eventIds);
      throw error;
    }
  }

  /**
   * For an event whose rule opens incidents: joins the one that is open about the same rule and subject, or opens one.
   * An event that has an incident, be it closed, changes nothing.
   */
  async openFor(event: SecurityEventView): Promise<'opened' | 'joined' | 'there'> {
    if (await this.evidence.isLinked(event)) return 'there';
    const id = await this.evidence.openIncidentAbout(event);
    if (id !== undefined) return this.evidence.join(id, event);
    const opened = { kind: kindOfRule(event.rule), title: titleOf(event) };
    return this.openWith(opened, [event], this.rule).then(() => 'opened', thereIfTaken);
  }

  /** Who opens what no person does. */
  private get rule(): Operator {
    const { ip, requestId } = A_RULE;
    return {
      ...A_RULE,
      record: async (objectId, em) => {
        const about = { objectType: 'incident', objectId, outcome: 'succeeded', ip, requestId };
        await this.trail.recordIn(em, { action: 'incident.opened', ...about });
      },
    };
  }

  private openWith(
    { kind, title }: Opened,
    events: readonly SecurityEventView[],
    operator: Operator,
  ): Promise<IncidentView> {
    return this.em.fork().transactional(async (em) => {
      if ((await em.count(Incident, { closedAt: null })) >= MAX_OPEN_INCIDENTS) {
        throw IncidentError.tooMany();
      }
      const now = new Date();
      const incident = em.create(Incident, {
        id: v7(),
        kind,
        title,
        severity: null,
        summary: null,
        phase: 'detect',
        openedAt: now,
        openedBy: operator.accountId,
        changedAt: now,
        closedAt: null,
        lessons: null,
        entryCount: 0,
      });
      await em.flush();
      return this.journal.begin(em, incident, operator, async (change) => {
        incident.title = change.text(title);
        change.write({ kind: 'opened', subject: kind, text: title });
        addDeclaredItems(change, kind);
        await this.evidence.link(change, events);
        return toIncidentView(incident);
      });
    });
  }
}

function missing(field: string): never {
  const message = `${field} is needed without eventIds`;
  throw SecurityError.invalidInput([{ field, message }]);
}

function addDeclaredItems(change: IncidentChange, kind: IncidentKind): void {
  const declared = CHECKLIST_PHASES.flatMap((phase) =>
    CHECKLISTS[kind][phase].map((text) => ({ phase, text })),
  );
  for (const [index, { phase, text }] of declared.entries()) {
    change.addItem({ phase, position: index + 1, text });
  }
}
