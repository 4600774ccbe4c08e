import { AccountDirectoryService } from '@app/auth';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { SecurityEventService } from '../events/security-event.service.js';
import type { SecurityEventView } from '../events/security-event.view.js';
import { rankOf } from '../events/severity.js';
import type { IncidentChange } from './incident-change.js';
import { IncidentEvent } from './incident-event.entity.js';
import { entryTextOf } from './incident-evidence.js';
import { IncidentJournalService } from './incident-journal.service.js';
import { Incident } from './incident.entity.js';
import { IncidentError } from './incident.error.js';
import { type IncidentView, toIncidentView } from './incident.view.js';
import type { Operator } from './operator.js';

/** The most events of one incident. */
const MAX_EVENTS = 500;

/** Who does what no person does. */
export const A_RULE: Operator = { accountId: null, ip: '', requestId: '' };

/** The security events of incidents: their evidence. */
@Injectable()
export class IncidentEventService {
  constructor(
    private readonly em: EntityManager,
    private readonly journal: IncidentJournalService,
    private readonly events: SecurityEventService,
    private readonly directory: AccountDirectoryService,
  ) {}

  /**
   * Adds events to an open incident as further evidence. Those that it has already change nothing.
   *
   * @throws IncidentError `incident_not_found`, `incident_closed`, `incident_full`, `event_in_incident`;
   *   SecurityEventError `security_event_not_found`
   */
  async add(
    incidentId: string,
    eventIds: readonly string[],
    operator: Operator,
  ): Promise<IncidentView> {
    const events = await this.events.getAll(eventIds);
    return this.journal.change(incidentId, operator, async (change) => {
      const linked = await change.em.find(IncidentEvent, { eventId: { $in: [...eventIds] } });
      const elsewhere = linked.find((event) => event.incidentId !== incidentId);
      if (elsewhere) throw IncidentError.eventTaken(elsewhere.incidentId);
      const known = new Set(linked.map(({ eventId }) => eventId));
      await this.link(
        change,
        events.filter(({ id }) => !known.has(id)),
      );
      return toIncidentView(change.incident);
    });
  }

  /**
   * For any other event: joins the incident that is open about the same rule and subject, also one that an operator has opened.
   *
   * @throws IncidentError `incident_full`
   */
  async joinOpen(event: SecurityEventView): Promise<'joined' | 'there' | 'none'> {
    const id = await this.openIncidentAbout(event);
    return id === undefined ? 'none' : this.join(id, event);
  }

  /** A rule adds what it has found. @throws IncidentError `incident_full` */
  async join(id: string, event: SecurityEventView): Promise<'joined' | 'there'> {
    if (await this.isLinked(event)) return 'there';
    const linked = this.journal.change(id, A_RULE, (change) => this.link(change, [event]));
    return linked.then(() => 'joined', thereIfTaken);
  }

  /** Takes over what the events say, and lists their accounts, as far as they are still there. */
  async link(change: IncidentChange, events: readonly SecurityEventView[]): Promise<void> {
    if (events.length === 0) return;
    const { em, incident, now: linkedAt } = change;
    const incidentId = incident.id;
    if ((await em.count(IncidentEvent, { incidentId })) + events.length > MAX_EVENTS) {
      throw IncidentError.full('events');
    }
    const named = events.flatMap(({ accountId }) => accountId ?? []);
    const accounts = await this.directory.namesOf(named, em);
    for (const found of events) {
      const isGone = found.accountId !== null && !accounts.has(found.accountId);
      const accountId = isGone ? null : found.accountId;
      const { id: eventId, rule, severity, subjectType, address, object, count } = found;
      em.create(IncidentEvent, {
        eventId,
        incidentId,
        rule,
        severity: rankOf(severity),
        subjectType,
        accountId,
        address,
        object,
        evidence: JSON.stringify(isGone ? {} : found.evidence),
        count,
        firstSeenAt: new Date(found.firstSeenAt),
        lastSeenAt: new Date(found.lastSeenAt),
        linkedAt,
      });
      const text = entryTextOf(Object.assign({}, found, { accountId }));
      change.write({ kind: 'event', subject: rule, outcome: severity, text });
    }
    await change.addAccounts([...accounts.keys()], 'event');
  }

  /** The one that is open about the same rule and subject, the latest if there are several. */
  async openIncidentAbout(event: SecurityEventView): Promise<string | undefined> {
    const { rule, subjectType, accountId, address, object } = event;
    const em = this.em.fork();
    const linked = await em.find(
      IncidentEvent,
      { rule, subjectType, accountId, address, object },
      { fields: ['incidentId'], orderBy: { linkedAt: 'desc' }, limit: MAX_EVENTS },
    );
    const ids = [...new Set(linked.map(({ incidentId }) => incidentId))];
    const open = await em.findOne(
      Incident,
      { id: { $in: ids }, closedAt: null },
      { fields: ['id'], orderBy: { id: 'desc' } },
    );
    return open?.id;
  }

  async isLinked({ id: eventId }: SecurityEventView): Promise<boolean> {
    return (await this.em.fork().count(IncidentEvent, { eventId })) > 0;
  }

  /** @throws IncidentError `event_in_incident` */
  async assertFree(eventIds: readonly string[]): Promise<void> {
    const taken = await this.em.fork().findOne(IncidentEvent, { eventId: { $in: [...eventIds] } });
    if (taken) throw IncidentError.eventTaken(taken.incidentId);
  }
}

/** Another instance was faster by a moment. */
export function thereIfTaken(error: unknown): 'there' {
  if (error instanceof UniqueConstraintViolationException) return 'there';
  throw error;
}
