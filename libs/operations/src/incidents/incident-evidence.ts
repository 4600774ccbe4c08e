import type { SecurityEventView } from '../events/security-event.view.js';
import type { IncidentKind } from './incident-kind.js';

/** The longest title of an incident. Characters. */
export const LONGEST_TITLE = 120;

/** What kind of incident the findings of a rule belong to. */
const KIND_OF_RULE: Readonly<Record<string, IncidentKind>> = {
  'credential-stuffing': 'credential_attack',
  'password-spraying': 'credential_attack',
  'refresh-reuse': 'account_takeover',
  'new-country': 'account_takeover',
  'new-device': 'account_takeover',
  'refusal-burst': 'service_abuse',
  'limit-abuse': 'service_abuse',
  'cost-spike': 'service_abuse',
  'tool-changed': 'compromised_tool',
  'injection-pattern': 'compromised_tool',
  'audit-chain': 'tampering',
};

type Found = Pick<SecurityEventView, 'rule' | 'accountId' | 'address' | 'object'>;

export function kindOfRule(rule: string): IncidentKind {
  return KIND_OF_RULE[rule] ?? 'other';
}

/** What is found, and about what, in one line. */
export function titleOf(event: Found): string {
  return `${event.rule}: ${subjectOf(event)}`.slice(0, LONGEST_TITLE);
}

/** What was found, for those who read the timeline. What the rule has counted is in the evidence. */
export function entryTextOf(
  event: Found & Pick<SecurityEventView, 'id' | 'count' | 'firstSeenAt' | 'lastSeenAt'>,
): string {
  const { id, count, firstSeenAt, lastSeenAt } = event;
  const times =
    count === 1 ? `at ${firstSeenAt}` : `${count} times, ${firstSeenAt} to ${lastSeenAt}`;
  return `Found ${times}: ${subjectOf(event)}. Event ${id}.`;
}

function subjectOf({ accountId, address, object }: Found): string {
  if (accountId !== null) return `account ${accountId}`;
  if (address !== null) return `address ${address}`;
  return object === null ? 'the whole service' : `tool ${object}`;
}
