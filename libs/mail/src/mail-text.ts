import { appLink } from './app-link.js';
import type { Mail } from './delivery/mailer.js';

/** Whose mail it is, and where it goes. */
export type Addressee = Pick<Mail, 'accountId' | 'to'>;

/** With a link where the app has one, and with the bare token to be pasted; on lines of their own. */
export function howToUse(
  purpose: string,
  step: string,
  token: string,
  link: string | undefined,
): string[] {
  const paste = ['paste this into the app:', '', token];
  if (!link) return [`${purpose}, ${paste[0]}`, ...paste.slice(1)];
  return [`${purpose}, open:`, '', appLink(link, step, token), '', `Or ${paste[0]}`, '', token];
}

/** At most 76 characters each, so that a mail without a link needs no encoding and can be read as a file. */
export function lines(...text: string[]): string {
  return `${text.join('\n')}\n`;
}
