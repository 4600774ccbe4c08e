import { ConfigurationError, parsedVariable, parseEnvironment, splitList } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface DisclosureConfig {
  /** Where to report vulnerabilities, the preferred way first: `mailto:`, `https:` or `tel:`. @default none, and no file */
  readonly contacts: readonly string[];
  /** When what the file says is no longer to be relied on. With a contact it is there. */
  readonly expires: Date | undefined;
  /** What may be tried, and what happens to a report. */
  readonly policy: string | undefined;
}

interface Variables {
  SECURITY_CONTACT?: readonly string[];
  SECURITY_CONTACT_EXPIRES?: Date;
  SECURITY_POLICY_URL?: string;
}

const SCHEMES: ReadonlySet<string> = new Set(['mailto:', 'https:', 'tel:']);

export const disclosureConfig = registerAs('disclosure', (): DisclosureConfig => {
  const variables = parseEnvironment<Variables>(
    {
      SECURITY_CONTACT: parsedVariable(contactsOf)
        .optional()
        .describe(
          'Where to report vulnerabilities: mailto:, https: or tel: addresses, separated by commas, the preferred one first. Served as /.well-known/security.txt.',
        )
        .meta({ unset: 'no file' }),
      SECURITY_CONTACT_EXPIRES: parsedVariable(momentOf)
        .optional()
        .describe(
          'Date until which SECURITY_CONTACT is valid, such as 2027-06-30; at most a year ahead is recommended.',
        )
        .meta({ unset: 'none' }),
      SECURITY_POLICY_URL: parsedVariable((text) => address(text, new Set(['https:'])))
        .optional()
        .describe('Page that explains how reports are handled.')
        .meta({ unset: 'none' }),
    },
    process.env,
  );
  const { SECURITY_CONTACT: contacts = [], SECURITY_CONTACT_EXPIRES: expires } = variables;
  if (contacts.length > 0 !== (expires !== undefined)) {
    const reason = 'SECURITY_CONTACT and SECURITY_CONTACT_EXPIRES go together';
    throw new ConfigurationError(`Invalid configuration: ${reason}`);
  }
  return { contacts, expires, policy: variables.SECURITY_POLICY_URL };
});

function contactsOf(text: string): readonly string[] {
  return splitList(text).map((one) => address(one, SCHEMES));
}

function address(text: string, schemes: ReadonlySet<string>): string {
  const isAddress = URL.canParse(text) && schemes.has(new URL(text).protocol);
  if (isAddress && /^[\x21-\x7e]+$/.test(text)) return text;
  throw new Error(`must be an address that begins with ${[...schemes].join(', ')}`);
}

function momentOf(text: string): Date {
  const moment = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(moment.getTime())) return moment;
  throw new Error('must be a date such as 2027-06-30');
}
