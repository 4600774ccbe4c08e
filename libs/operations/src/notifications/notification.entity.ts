import { defineEntity, p } from '@mikro-orm/core';
import type { NotificationState } from './notification-state.js';

export const CHANNELS = ['webhook', 'mail'] as const;
export type Channel = (typeof CHANNELS)[number];

const NotificationSchema = defineEntity({
  name: 'Notification',
  tableName: 'security_notifications',
  properties: {
    id: p.uuid().primary(),
    eventId: p.uuid(),
    channel: p.text().$type<Channel>(),
    /** Of the event when this was planned: one that gets worse is told again. */
    severity: p.integer(),
    state: p.text().$type<NotificationState>(),
    attempts: p.integer(),
    createdAt: p.datetime(3),
    /** When it is to be tried next. */
    dueAt: p.datetime(3),
    settledAt: p.datetime(3).nullable(),
    /** Why the last attempt failed: a status, or the code of an error. */
    reason: p.text().nullable(),
    leaseId: p.uuid().nullable(),
    /** Until then one instance has the right to send it. */
    leaseUntil: p.datetime(3).nullable(),
  },
});

/** A security event on its way to an operator. */
export class Notification extends NotificationSchema.class {}
NotificationSchema.setClass(Notification);
