import { lines, type Mail } from '@app/mail';
import type { SecurityEventView } from '../events/security-event.view.js';

/**
 * Names neither the account nor the address that an event is about: mails lie in mailboxes for years, and the event can
 * be read where access to it is recorded.
 */
export function alertMail(to: string, event: SecurityEventView): Mail {
  const { id, rule, severity, subjectType, count, firstSeenAt, lastSeenAt, containment } = event;
  return {
    to,
    subject: `Security event: ${rule} (${severity})`,
    text: lines(
      `The gateway has found: ${rule}.`,
      '',
      `Severity: ${severity}`,
      `About: ${subjectType}`,
      `Found: ${count === 1 ? 'once' : `${count} times`}`,
      `First: ${firstSeenAt}`,
      `Last: ${lastSeenAt}`,
      ...(containment ? [`Its address is: ${containment}`] : []),
      '',
      'What was counted, and what to do:',
      `GET /api/admin/events/${id}`,
      'docs/detection.md',
    ),
  };
}
