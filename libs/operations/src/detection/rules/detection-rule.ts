import type { SignalOf, SignalType } from '@app/signals';
import type { Finding } from '../../events/security-finding.js';
import type { RuleId } from '../settings/rule-settings.js';

/** Looks at some kinds of signals, and says when they are too many. */
export interface DetectionRule<Type extends SignalType = SignalType> {
  readonly id: RuleId;
  readonly watches: readonly Type[];
  /** Why it cannot find anything, although it is not off; for the log of the start. */
  readonly isBlindFor?: string | undefined;
  inspect(signal: SignalOf<Type>): Promise<Finding | undefined>;
}

/** All of them, in any order. */
export type DetectionRules = readonly DetectionRule[];
export const DetectionRules = Symbol('DetectionRules');
