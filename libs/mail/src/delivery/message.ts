import { isMailAddress } from './mail-address.js';
import type { Mail } from './mailer.js';
import { MailerError } from './mailer.error.js';
import type { Sender } from './sender.js';

const LONGEST_SUBJECT = 120;
/** Printable ASCII: neither a line break nor anything that needs to be encoded. */
const PLAIN_HEADER = /^[\x20-\x7e]+$/;

/**
 * A mail as the mail library takes it, the same for every way of delivery. The library may open no file and no
 * address (`disableFileAccess`, `disableUrlAccess`), and the envelope is ours.
 *
 * @throws MailerError `EMAIL` for an address or a subject that could change the headers
 */
export function toMessage({ to, subject, text }: Mail, from: Sender) {
  if (!isMailAddress(to) || subject.length > LONGEST_SUBJECT || !PLAIN_HEADER.test(subject)) {
    throw new MailerError('EMAIL');
  }
  return {
    from: { ...from },
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject,
    text,
    // No answering machine may answer to it (RFC 3834 §5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    xMailer: false as const,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
