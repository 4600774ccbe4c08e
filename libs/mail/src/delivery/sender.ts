import addressparser from 'nodemailer/lib/addressparser';
import { domainToASCII } from 'node:url';
import { isMailAddress } from './mail-address.js';

/** The sender of every mail. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

const LONGEST_NAME = 120;

/**
 * Reads `noreply@example.org`, `Müller GmbH <noreply@example.org>` or `"Acme, Inc." <noreply@example.org>` (RFC 5322
 * §3.4). The name may have letters of any script, which the mail library encodes (RFC 2047); a domain of another script
 * is turned into its `xn--` form. More than one address, a group, and what could end a header are refused.
 *
 * @throws Error that says what the variable must be
 */
export function senderOf(text: string): Sender {
  const [mailbox, ...others] = isOneMailbox(text) ? addressparser(text) : [];
  const name = mailbox?.name ?? '';
  const address = withAsciiDomain(mailbox?.address ?? '');
  if (others.length === 0 && name.length <= LONGEST_NAME && isMailAddress(address)) {
    return { name, address };
  }
  throw new Error('must be an address, or a name and then an address in angle brackets');
}

/** Whether there is one pair of angle brackets at most, outside of quotes, and nothing that no one can read. */
function isOneMailbox(text: string): boolean {
  const unquoted = text.replace(/"(?:[^"\\]|\\.)*"/g, '');
  return !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && /^[^<>]*(?:<[^<>]*>[^<>]*)?$/.test(unquoted);
}

function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}
