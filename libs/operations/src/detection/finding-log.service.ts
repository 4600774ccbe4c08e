import { counter } from '@app/metrics';
import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import type { SecurityEventView } from '../events/security-event.view.js';
import { SecurityEventService } from '../events/security-event.service.js';
import { type Finding, foldKey, type FoldedFinding } from '../events/security-finding.js';
import { rankOf, type Severity } from '../events/severity.js';
import { IncidentEventService } from '../incidents/incident-event.service.js';
import { IncidentOpeningService } from '../incidents/incident-opening.service.js';
import { NotificationDeliveryJob } from '../notifications/notification-delivery.job.js';
import { NotificationService } from '../notifications/notification.service.js';
import { AddressContainmentService } from './address-containment.service.js';

/** How often findings are written down. With the look of the other instances for blocks it takes less than a second. Milliseconds. */
const WRITE_INTERVAL_MS = 250;

/** How long more findings of an event wait, unless they are worse: an attack has them come without a pause. Milliseconds. */
const REWRITE_INTERVAL_MS = 2_000;

/** The most subjects with findings between two writes; what is beyond is found again. */
const MAX_WAITING = 5_000;

/** How many are written at once. */
const MAX_AT_ONCE = 4;

const raised = counter({
  name: 'gateway_security_events_total',
  help: 'Security events that were raised, or whose severity increased.',
  labels: ['rule', 'severity'],
});

/** The time after a subject was written. */
interface Rest {
  readonly writtenAt: number;
  /** Of what was written; what is worse does not wait. */
  readonly severity: Severity;
  /** What has come since, and is no worse. */
  later: FoldedFinding | undefined;
}

/** Folds findings before they reach the database, which an attack would otherwise write to as often as it calls. */
@Injectable()
export class FindingLogService extends RecurringJob {
  protected readonly log = new Logger('Detection');
  private waiting = new Map<string, FoldedFinding>();
  /** Of subjects that were just written. They take no room from others that wait. */
  private readonly resting = new Map<string, Rest>();

  constructor(
    private readonly events: SecurityEventService,
    private readonly notifications: NotificationService,
    private readonly delivery: NotificationDeliveryJob,
    private readonly containment: AddressContainmentService,
    private readonly incidents: IncidentOpeningService,
    private readonly evidence: IncidentEventService,
  ) {
    super(WRITE_INTERVAL_MS, 'security.events.unwritten');
  }

  note(finding: Finding): void {
    const now = new Date();
    this.keep({ ...finding, count: 1, firstSeenAt: now, lastSeenAt: now });
  }

  /** What waits is written before the database is closed. */
  override async onModuleDestroy(): Promise<void> {
    await super.onModuleDestroy();
    this.endRests(Infinity);
    await this.writeAll().catch((err: unknown) =>
      this.log.error({ event: 'security.events.unwritten', err }),
    );
  }

  protected run(): Promise<void> {
    this.endRests(performance.now() - REWRITE_INTERVAL_MS);
    return this.writeAll();
  }

  /** Of subjects that were written until then. */
  private endRests(then: number): void {
    for (const [key, { writtenAt, later }] of this.resting) {
      if (writtenAt > then) continue;
      this.resting.delete(key);
      if (later) this.keep(later);
    }
  }

  /** What could not be written waits again: some findings come once only, such as that of a broken chain. */
  private async writeAll(): Promise<void> {
    const findings = [...this.waiting.values()];
    this.waiting = new Map();
    while (findings.length > 0) {
      const some = findings.splice(0, MAX_AT_ONCE);
      const ends = await Promise.allSettled(some.map((finding) => this.write(finding)));
      const failed = ends.find(({ status }) => status === 'rejected');
      if (!failed) continue;
      const unwritten = some.filter((_, at) => ends[at]!.status === 'rejected');
      // Those last that failed: one that always does must not keep the others from being written.
      for (const finding of [...findings, ...unwritten]) this.keep(finding);
      throw (failed as PromiseRejectedResult).reason;
    }
  }

  private keep(finding: FoldedFinding): void {
    const key = foldKey(finding);
    const rest = this.resting.get(key);
    if (rest && finding.isIncident !== true && rankOf(finding.severity) <= rankOf(rest.severity)) {
      rest.later = folded(rest.later, finding);
    } else if (this.waiting.has(key) || this.waiting.size < MAX_WAITING) {
      this.waiting.set(key, folded(this.waiting.get(key), finding));
    }
  }

  private async write(finding: FoldedFinding): Promise<void> {
    const { event, isNews } = await this.events.report(finding, (news, em) =>
      this.notifications.plan(em, news),
    );
    const { severity } = finding;
    const { later } = this.resting.get(foldKey(finding)) ?? {};
    this.resting.set(foldKey(finding), { writtenAt: performance.now(), severity, later });
    if (isNews) this.announce(event);
    if (finding.isContainable === true) await this.contain(event);
    if (finding.isIncident === true) await this.linked(event, () => this.incidents.openFor(event));
    else if (isNews) await this.linked(event, () => this.evidence.joinOpen(event));
  }

  /** The event is written: with an error of this it would wait, and be counted, once more. */
  private async contain(event: SecurityEventView): Promise<void> {
    try {
      await this.containment.contain(event);
    } catch (err) {
      const { code } = err as { code?: unknown };
      this.log.warn({
        event: 'detection.unblocked',
        ...(event.address !== null && { ip: event.address }),
        reason: String(code),
        err,
      });
    }
  }

  /** The next finding of a rule that opens incidents tries again. */
  private async linked(
    { rule: action }: SecurityEventView,
    link: () => Promise<'opened' | 'joined' | 'there' | 'none'>,
  ): Promise<void> {
    try {
      const outcome = await link();
      if (outcome === 'opened' || outcome === 'joined')
        this.log.warn({ event: 'detection.incident', action, outcome });
    } catch (err) {
      const { code } = err as { code?: unknown };
      this.log.error({ event: 'detection.no_incident', action, reason: String(code), err });
    }
  }

  private announce(event: SecurityEventView): void {
    const { rule, severity, accountId, address } = event;
    raised.add({ rule, severity });
    this.log.warn({
      event: 'security.detected',
      action: rule,
      code: severity,
      count: event.count,
      ...(accountId !== null && { userId: accountId }),
      ...(address !== null && { ip: address }),
    });
    this.delivery.request();
  }
}

/** Adds a finding to what there is of the same subject, which may be later or earlier. */
function folded(other: FoldedFinding | undefined, finding: FoldedFinding): FoldedFinding {
  if (!other) return finding;
  const [earlier, later] =
    other.lastSeenAt > finding.lastSeenAt ? [finding, other] : [other, finding];
  const { firstSeenAt } = earlier;
  return { ...later, count: earlier.count + later.count, firstSeenAt };
}
