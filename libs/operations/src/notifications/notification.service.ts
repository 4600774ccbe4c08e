import type { RecordAudit } from '@app/logging';
import { counter } from '@app/metrics';
import { sharedMoment } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import type { SecurityEventView } from '../events/security-event.view.js';
import { rankOf } from '../events/severity.js';
import { alertConfig } from './alert.config.js';
import type { NotificationState } from './notification-state.js';
import { type Channel, Notification } from './notification.entity.js';
import { NotificationError } from './notification.error.js';
import { type NotificationView, toNotificationView } from './notification.view.js';

/** Waits before the second and each further attempt; after the last it is given up. Milliseconds. */
export const PAUSES_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 21_600_000];

/** How long no other instance tries. Longer than an attempt may take; then its process is taken for dead. Milliseconds. */
const LEASE_MS = 60_000;

/** The most notifications of a channel within an hour: an attack is told, and not each of its addresses. */
const MAX_PER_HOUR = 100;
const HOUR_MS = 3_600_000;

const PLAN = `insert into security_notifications (id, event_id, channel, severity, state, attempts,
    created_at, due_at)
  values (?, ?, ?, ?, 'waiting', 0, ?, ?)
  on conflict (event_id, channel, severity) do nothing`;

const settled = counter({
  name: 'gateway_notifications_total',
  help: 'Attempts to notify operators of a security event.',
  labels: ['channel', 'outcome'],
});

/** One that this instance may send now. */
export interface LeasedNotification {
  readonly id: string;
  readonly eventId: string;
  readonly channel: Channel;
  readonly attempts: number;
  readonly leaseId: string;
}

/** The notifications of all instances: rows, so that they outlast a restart. */
@Injectable()
export class NotificationService {
  private readonly log = new Logger('Notifications');

  constructor(
    private readonly em: EntityManager,
    @Inject(alertConfig.KEY) private readonly config: ConfigType<typeof alertConfig>,
  ) {}

  /** One for each channel, in the transaction that raises the event, if the event is bad enough. */
  async plan(em: SqlEntityManager, { id: eventId, severity }: SecurityEventView): Promise<void> {
    const rank = rankOf(severity);
    if (rank < rankOf(this.config.severity)) return;
    for (const channel of this.channels) {
      if (severity !== 'critical' && (await this.isFull(em, channel))) {
        this.log.warn({ event: 'notification.withheld', reason: 'too_many', code: channel });
        continue;
      }
      const now = new Date();
      await em.execute(PLAN, [v7(), eventId, channel, rank, now, now], 'run');
    }
  }

  /** The latest first. */
  async list(
    state: NotificationState | undefined,
    limit: number,
    before?: string,
  ): Promise<{ notifications: NotificationView[]; nextCursor: string | null }> {
    const where = { ...(state && { state }), ...(before && { id: { $lt: before } }) };
    const found = await this.em
      .fork()
      .find(Notification, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    const notifications = found.slice(0, limit).map(toNotificationView);
    const nextCursor = found.length > limit ? notifications.at(-1)!.id : null;
    return { notifications, nextCursor };
  }

  /**
   * Has one that was given up sent again, with as many attempts as at first.
   *
   * @throws NotificationError `notification_not_found`
   */
  async retry(id: string, record?: RecordAudit): Promise<NotificationView> {
    return this.fork().transactional(async (em) => {
      const again = { state: 'waiting' as const, attempts: 0, dueAt: new Date(), settledAt: null };
      const changed = await em.nativeUpdate(Notification, { id, state: 'dead' }, again);
      if (changed === 0) throw NotificationError.notFound();
      await record?.(id, em);
      return toNotificationView(await em.findOneOrFail(Notification, { id }));
    });
  }

  /**
   * Those of a channel that are due, the most severe first, and that no other instance sends: of several that ask, one
   * gets each.
   */
  async lease(channel: Channel, most: number): Promise<LeasedNotification[]> {
    const em = this.fork();
    const now = sharedMoment(em);
    const due = await em.execute<{ id: string }[]>(
      `select id from security_notifications where channel = ? and state = 'waiting' and due_at <= ?
         and (lease_until is null or lease_until < ${now.sql})
       order by severity desc, due_at limit ${most}`,
      [channel, new Date(), ...now.values],
    );
    const leased = await Promise.all(due.map(({ id }) => this.take(id)));
    return leased.filter((one) => one !== undefined);
  }

  async sent({ id, leaseId, channel }: LeasedNotification): Promise<void> {
    settled.add({ channel, outcome: 'sent' });
    await this.settle(id, leaseId, { state: 'sent', settledAt: new Date(), reason: null });
  }

  /** @param reason a status or a code, never what the other side said */
  async failed(notification: LeasedNotification, reason: string): Promise<void> {
    const { id, leaseId, channel, attempts } = notification;
    const pauseMs = PAUSES_MS[attempts];
    const attempt = attempts + 1;
    const changes = { attempts: attempt, reason };
    if (pauseMs === undefined) {
      settled.add({ channel, outcome: 'dead' });
      this.log.error({ event: 'notification.dead', code: channel, reason, attempt });
      await this.settle(id, leaseId, { ...changes, state: 'dead', settledAt: new Date() });
      return;
    }
    settled.add({ channel, outcome: 'failed' });
    const delayMs = pauseMs;
    this.log.warn({ event: 'notification.failed', code: channel, reason, attempt, delayMs });
    await this.settle(id, leaseId, { ...changes, dueAt: new Date(Date.now() + pauseMs) });
  }

  /** Given back without an attempt, at a shutdown: another instance may take it at once. */
  async release({ id, leaseId }: LeasedNotification): Promise<void> {
    await this.settle(id, leaseId, {});
  }

  private get channels(): Channel[] {
    const { webhook, mailTo } = this.config;
    return [
      ...(webhook ? ['webhook' as const] : []),
      ...(mailTo === undefined ? [] : ['mail' as const]),
    ];
  }

  private async isFull(em: SqlEntityManager, channel: Channel): Promise<boolean> {
    const createdAt = { $gt: new Date(Date.now() - HOUR_MS) };
    return (await em.count(Notification, { channel, createdAt })) >= MAX_PER_HOUR;
  }

  private async take(id: string): Promise<LeasedNotification | undefined> {
    const em = this.fork();
    const leaseId = randomUUID();
    const [now, until] = [sharedMoment(em), sharedMoment(em, LEASE_MS)];
    const { affectedRows } = await em.execute<{ affectedRows: number }>(
      `update security_notifications set lease_id = ?, lease_until = ${until.sql}
       where id = ? and state = 'waiting' and (lease_until is null or lease_until < ${now.sql})`,
      [leaseId, ...until.values, id, ...now.values],
      'run',
    );
    if (affectedRows !== 1) return undefined;
    const { eventId, channel, attempts } = await em.findOneOrFail(Notification, { id });
    return { id, eventId, channel, attempts, leaseId };
  }

  private async settle(
    id: string,
    leaseId: string,
    changes: Partial<Pick<Notification, 'state' | 'attempts' | 'reason' | 'settledAt' | 'dueAt'>>,
  ): Promise<void> {
    const free = { leaseId: null, leaseUntil: null };
    await this.em.fork().nativeUpdate(Notification, { id, leaseId }, { ...changes, ...free });
  }

  private fork(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}
