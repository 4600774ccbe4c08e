import type { Severity } from './severity.js';

/** What a finding is about; `service` as a whole has one id. */
export type SubjectType = 'service' | 'account' | 'address' | 'tool';
export const SUBJECT_TYPES: readonly SubjectType[] = ['service', 'account', 'address', 'tool'];

export interface Subject {
  readonly type: SubjectType;
  readonly id: string;
}

/** The whole service, under an attack that has no single place. */
export const WHOLE_SERVICE: Subject = { type: 'service', id: 'gateway' };

/** Counts, and words of our own: no credential, no name, no text that people or servers wrote. */
export type Evidence = Readonly<Record<string, number | string | readonly string[]>>;

/** What a rule has found. */
export interface Finding {
  /** The id of the rule. */
  readonly rule: string;
  readonly severity: Severity;
  readonly subject: Subject;
  readonly evidence: Evidence;
  /** Whether the address may be blocked for a time. Without it the event is all. */
  readonly isContainable?: boolean;
  /** Whether it is an incident without an operator having looked at it. */
  readonly isIncident?: boolean;
}

/** What findings that are folded into one have in common. */
export function foldKey({ rule, subject }: Pick<Finding, 'rule' | 'subject'>): string {
  return `${rule}:${subject.type}:${subject.id}`;
}

/** Findings of one rule about one subject, close to each other. */
export interface FoldedFinding extends Finding {
  readonly count: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}
