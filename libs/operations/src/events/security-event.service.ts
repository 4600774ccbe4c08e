import type { RecordAudit } from '@app/logging';
import { EntityManager, type FilterQuery } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { hostname } from 'node:os';
import { v7 } from 'uuid';
import { type Containment, SecurityEvent } from './security-event.entity.js';
import { SecurityEventError } from './security-event.error.js';
import { type SecurityEventView, toSecurityEventView } from './security-event.view.js';
import { foldKey, type FoldedFinding } from './security-finding.js';
import { rankOf, type Severity } from './severity.js';

/** After this time without a finding the next one is an event of its own. Milliseconds. */
export const FOLD_WINDOW_MS = 3_600_000;

const INSTANCE = `${hostname().slice(0, 60)}:${process.pid}`;

const CLOSE = `update security_events set open_key = null
  where open_key = ? and (acknowledged_at is not null or last_seen_at < ?)`;

const RAISE = `insert into security_events (id, rule, severity, subject_type, account_id, address,
    object, evidence, count, first_seen_at, last_seen_at, instance, open_key)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (open_key) do update set count = security_events.count + excluded.count,
    last_seen_at = excluded.last_seen_at, evidence = excluded.evidence,
    severity = case when excluded.severity > security_events.severity
      then excluded.severity else security_events.severity end
  returning id`;

/** An event as a finding has left it. */
export interface RaisedEvent {
  readonly event: SecurityEventView;
  /** Whether it is new, or worse than it was. */
  readonly isNews: boolean;
}

/** Which events to read. */
export interface EventFilter {
  readonly rule?: string;
  /** This one, and what is worse. */
  readonly severity?: Severity;
  readonly isAcknowledged?: boolean;
  readonly accountId?: string;
  readonly address?: string;
}

/** What was found, for operators and for incidents. All instances write here; the database folds what they find. */
@Injectable()
export class SecurityEventService {
  constructor(private readonly em: EntityManager) {}

  /**
   * Writes findings down: into the open event of the same rule and subject, or as a new one.
   *
   * @param withNews is called in the same transaction if the event is new or worse than before
   */
  async report(
    finding: FoldedFinding,
    withNews?: (event: SecurityEventView, em: SqlEntityManager) => Promise<void>,
  ): Promise<RaisedEvent> {
    const openKey = foldKey(finding);
    return this.fork().transactional(async (em) => {
      await em.execute(CLOSE, [openKey, new Date(Date.now() - FOLD_WINDOW_MS)], 'run');
      const before = await em.findOne(SecurityEvent, { openKey }, { fields: ['severity'] });
      em.clear();
      const newId = v7();
      const [row] = await em.execute<{ id: string }[]>(RAISE, [
        newId,
        ...valuesOf(finding),
        openKey,
      ]);
      const event = toSecurityEventView(await em.findOneOrFail(SecurityEvent, { id: row!.id }));
      const isWorse = before !== null && before.severity < rankOf(finding.severity);
      const isNews = event.id === newId || isWorse;
      if (isNews) await withNews?.(event, em);
      return { event, isNews };
    });
  }

  /** The latest first. */
  async list(
    { rule, severity, isAcknowledged, accountId, address }: EventFilter,
    limit: number,
    before?: string,
  ): Promise<{ events: SecurityEventView[]; nextCursor: string | null }> {
    const where: FilterQuery<SecurityEvent> = {
      ...(rule !== undefined && { rule }),
      ...(severity !== undefined && { severity: { $gte: rankOf(severity) } }),
      ...(isAcknowledged !== undefined && {
        acknowledgedAt: isAcknowledged ? { $ne: null } : null,
      }),
      ...(accountId !== undefined && { accountId }),
      ...(address !== undefined && { address }),
      ...(before !== undefined && { id: { $lt: before } }),
    };
    const found = await this.em
      .fork()
      .find(SecurityEvent, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    const events = found.slice(0, limit).map(toSecurityEventView);
    return { events, nextCursor: found.length > limit ? events.at(-1)!.id : null };
  }

  /** @throws SecurityEventError `security_event_not_found` */
  async get(id: string): Promise<SecurityEventView> {
    const event = await this.em.fork().findOne(SecurityEvent, { id });
    if (!event) throw SecurityEventError.notFound();
    return toSecurityEventView(event);
  }

  /** In the order of the ids, each once. @throws SecurityEventError `security_event_not_found` if one is not there */
  async getAll(ids: readonly string[]): Promise<SecurityEventView[]> {
    const wanted = [...new Set(ids)];
    const found = await this.em.fork().find(SecurityEvent, { id: { $in: wanted } });
    const byId = new Map(found.map((event) => [event.id, event]));
    if (byId.size < wanted.length) throw SecurityEventError.notFound();
    return wanted.map((id) => toSecurityEventView(byId.get(id)!));
  }

  /**
   * An operator has seen it: what is found from now on is another event. Once more changes nothing.
   *
   * @throws SecurityEventError `security_event_not_found`
   */
  async acknowledge(
    id: string,
    by: string | undefined,
    record?: RecordAudit,
  ): Promise<SecurityEventView> {
    return this.fork().transactional(async (em) => {
      const changes = { acknowledgedAt: new Date(), acknowledgedBy: by ?? null };
      await em.nativeUpdate(SecurityEvent, { id, acknowledgedAt: null }, changes);
      const event = await em.findOne(SecurityEvent, { id });
      if (!event) throw SecurityEventError.notFound();
      await record?.(id, em);
      return toSecurityEventView(event);
    });
  }

  /** Of calls at the same time one gets the right to block the address, and is to use it. */
  async claimContainment(id: string, until: Date): Promise<boolean> {
    const free = { $or: [{ containedUntil: null }, { containedUntil: { $lt: new Date() } }] };
    const changes = { containedUntil: until, containment: 'blocked' as const };
    return (await this.em.fork().nativeUpdate(SecurityEvent, { id, ...free }, changes)) === 1;
  }

  /** Why the address of the event is not blocked. */
  async noteContainment(id: string, containment: Containment): Promise<void> {
    const changes = { containment, containedUntil: null };
    await this.em.fork().nativeUpdate(SecurityEvent, { id }, changes);
  }

  private fork(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}

function valuesOf({ rule, severity, subject, evidence, ...seen }: FoldedFinding) {
  const { type, id } = subject;
  return [
    rule,
    rankOf(severity),
    type,
    type === 'account' ? id : null,
    type === 'address' ? id : null,
    type === 'tool' ? id : null,
    JSON.stringify(evidence),
    seen.count,
    seen.firstSeenAt,
    seen.lastSeenAt,
    INSTANCE,
  ];
}
