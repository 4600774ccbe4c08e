import type { ChecklistPhase } from './incident-phase.js';

export const INCIDENT_KINDS = [
  'account_takeover',
  'credential_attack',
  'data_exposure',
  'leaked_secret',
  'compromised_tool',
  'service_abuse',
  'tampering',
  'other',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export const INCIDENT_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type IncidentSeverity = (typeof INCIDENT_SEVERITIES)[number];

type Checklist = Readonly<Record<ChecklistPhase, readonly string[]>>;

/** What every incident of a kind begins with; operators add what theirs needs. */
export const CHECKLISTS: Readonly<Record<IncidentKind, Checklist>> = {
  account_takeover: {
    eradicate: [
      'The owner is identified as well as at registration, and has a new password',
      'Second factors, passkeys and the mail address of the account are the owner’s',
      'Connections to MCP servers that the attacker made or used are removed',
    ],
    recover: [
      'Sign-ins of the account for a day come from its owner',
      'The owner is told what was read or changed',
    ],
  },
  credential_attack: {
    eradicate: [
      'Accounts whose password was guessed have a new one',
      'Limits and lockout fit what was seen (LIMIT_LOGIN, LOCKOUT_AFTER, SPRAY_*)',
    ],
    recover: [
      'Failed sign-ins are back to the rate of an ordinary day',
      'Blocks of shared addresses (offices, mobile carriers) are removed',
    ],
  },
  data_exposure: {
    eradicate: [
      'What was exposed, of which people, since when, is written down',
      'The way by which it was exposed is closed, and a test keeps it closed',
    ],
    recover: [
      'The authority is told within 72 hours, or it is written down why not (GDPR, article 33)',
      'The people concerned are told, or it is written down why not (GDPR, article 34)',
    ],
  },
  leaked_secret: {
    eradicate: [
      'The secret is replaced everywhere, and the old one is refused',
      'Where it leaked from is cleaned: repository, log, ticket, image',
      'The audit trail shows no use of it that is unexplained',
    ],
    recover: ['Every instance runs with the new secret', 'Apps renew their tokens without errors'],
  },
  compromised_tool: {
    eradicate: [
      'The tool or its server is replaced, and its definition reviewed and pinned again',
      'Credentials that the server has held are replaced',
      'Answers that the tool has given since are reviewed for what they made people do',
    ],
    recover: ['The tool is switched on again and watched for a day'],
  },
  service_abuse: {
    eradicate: [
      'Accounts that abused the service are disabled',
      'Limits, quotas and budgets fit what was seen',
    ],
    recover: ['Latency, errors and cost are back to an ordinary day'],
  },
  tampering: {
    eradicate: [
      'The audit trail is verified, and what was changed is named',
      'How the change was possible is known, and closed',
    ],
    recover: [
      'Data is restored from a backup from before the change, or known to be right',
      'Credentials of the database and of the machines are replaced',
    ],
  },
  other: {
    eradicate: ['The cause is known, and removed'],
    recover: ['The service is back to an ordinary day'],
  },
};
