import { clientAddress } from '@app/security';
import type { SignInCleared, SignInFailed } from '@app/signals';
import { Injectable } from '@nestjs/common';
import { type Finding, WHOLE_SERVICE } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/**
 * For so many pairs that fail, one and more that get in is a Monday morning and no attack: people mistype less often than
 * they sign in, lists of leaked passwords hit one account in hundreds.
 */
const CLEARED_PER_FAILURE = 2;

/** Sign-ins that fail all over the service, from many addresses a few each, as with a list of leaked passwords. */
@Injectable()
export class CredentialStuffingRule implements DetectionRule<'sign-in.failed' | 'sign-in.cleared'> {
  readonly id = 'credential-stuffing';
  readonly watches = ['sign-in.failed', 'sign-in.cleared'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect(signal: SignInFailed | SignInCleared): Promise<Finding | undefined> {
    const address = clientAddress(signal.ip);
    const pair = `${address} ${signal.subject}`;
    if (signal.type === 'sign-in.cleared') {
      await this.counters.addMember(this.id, 'cleared', pair);
      await this.counters.removeMember(this.id, 'failed', pair);
      return undefined;
    }
    const { count: pairs, isNew } = await this.counters.addMember(this.id, 'failed', pair);
    if (!isNew) return undefined;
    const { count: addresses } = await this.counters.addMember(this.id, 'addresses', address);
    const cleared = await this.counters.look(this.id, 'cleared');
    if (!this.isAttack(pairs, cleared)) return undefined;
    const evidence = { pairs, addresses, signedIn: cleared };
    return { rule: this.id, severity: 'high', subject: WHOLE_SERVICE, evidence };
  }

  /** Whether it goes on now. Without a count of its own. */
  async isUnderAttack(): Promise<boolean> {
    const [pairs, cleared] = await Promise.all([
      this.counters.look(this.id, 'failed'),
      this.counters.look(this.id, 'cleared'),
    ]);
    return this.isAttack(pairs, cleared);
  }

  private isAttack(pairs: number, cleared: number): boolean {
    const isMany = pairs >= this.counters.thresholdOf(this.id);
    return isMany && pairs * CLEARED_PER_FAILURE > cleared;
  }
}
