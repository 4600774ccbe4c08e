import {
  NOTIFICATION_STATES,
  NotificationService,
  SecurityEventService,
  type SecurityEventView,
  SEVERITIES,
} from '@app/operations';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { flag, optional, required } from './program/input.js';
import { lineLimit } from './program/line-limit.js';
import { idOf, oneOf } from './program/value-readers.js';

const listEvents = command({
  name: 'events list',
  summary: 'show security events, the latest first',
  options: {
    severity: optional('<severity>', 'the least severity to show', oneOf(SEVERITIES)),
    open: flag('only events that no operator has acknowledged'),
    limit: lineLimit(),
  },
  async run(app, { options: { severity, open, limit } }) {
    const filter = { ...(severity && { severity }), ...(open && { isAcknowledged: false }) };
    const { events } = await app.get(SecurityEventService).list(filter, limit);
    return { data: { events }, text: events.map(lineOf).join('\n') || 'Nothing was found.' };
  },
});

const acknowledgeEvent = command({
  name: 'events acknowledge',
  summary: 'acknowledge an event; later findings become a new event',
  args: {
    id: required(
      '<id>',
      'the id of the event',
      idOf('the id of an event, as events list shows it'),
    ),
  },
  async run(app, { args: { id } }) {
    const event = await audited(app, 'security_event.acknowledged', 'security_event', (record) =>
      app.get(SecurityEventService).acknowledge(id, undefined, record),
    );
    return { data: event, text: 'It is acknowledged.' };
  },
});

const listNotifications = command({
  name: 'notifications list',
  summary: 'show the notifications to operators, including those that could not be delivered',
  options: {
    state: optional('<state>', 'only notifications in this state', oneOf(NOTIFICATION_STATES)),
    limit: lineLimit(),
  },
  async run(app, { options: { state, limit } }) {
    const { notifications } = await app.get(NotificationService).list(state, limit);
    const lines = notifications.map(
      (one) =>
        `${one.id}  ${one.state.padEnd(8)} ${one.channel.padEnd(8)} ${one.createdAt}  ` +
        `attempts: ${one.attempts}${one.reason ? `  ${one.reason}` : ''}`,
    );
    return { data: { notifications }, text: lines.join('\n') || 'There are none.' };
  },
});

const retryNotification = command({
  name: 'notifications retry',
  summary: 'retry a notification that could not be delivered',
  args: {
    id: required(
      '<id>',
      'the id of the notification',
      idOf('the id of a notification, as notifications list shows it'),
    ),
  },
  async run(app, { args: { id } }) {
    const notification = await audited(app, 'notification.retried', 'notification', (record) =>
      app.get(NotificationService).retry(id, record),
    );
    return { data: notification, text: 'A running gateway sends it within seconds.' };
  },
});

function lineOf(event: SecurityEventView): string {
  const subject = event.address ?? event.accountId ?? event.object ?? event.subjectType;
  const seen = event.acknowledgedAt === null ? 'open' : 'acknowledged';
  const found = `${event.lastSeenAt}  ×${event.count}`;
  const contained = event.containment === null ? '' : `  ${event.containment}`;
  return `${event.id}  ${event.severity.padEnd(8)} ${event.rule.padEnd(20)} ${found}  ${seen}  ${subject}${contained}`;
}

export const eventCommands: CommandGroup = {
  noun: 'events',
  summary: 'Security events, as detection has found them',
  commands: [listEvents, acknowledgeEvent],
};

export const notificationCommands: CommandGroup = {
  noun: 'notifications',
  summary: 'Notifications to operators about security events',
  commands: [listNotifications, retryNotification],
};
