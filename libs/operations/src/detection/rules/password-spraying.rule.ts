import { clientAddress } from '@app/security';
import type { SignInCleared, SignInFailed } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import { CredentialStuffingRule } from './credential-stuffing.rule.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** The part of the threshold that is enough while the whole service is under attack. */
const ATTACK_SHARE = 0.2;

/** Never fewer: a person may mistype the names of two accounts. */
const LEAST_ACCOUNTS = 3;

/** One address that fails on many accounts, and gets into fewer. */
@Injectable()
export class PasswordSprayingRule implements DetectionRule<'sign-in.failed' | 'sign-in.cleared'> {
  readonly id = 'password-spraying';
  readonly watches = ['sign-in.failed', 'sign-in.cleared'] as const;

  constructor(
    private readonly counters: RuleCounters,
    private readonly stuffing: CredentialStuffingRule,
  ) {}

  async inspect({ type, ip, subject }: SignInFailed | SignInCleared): Promise<Finding | undefined> {
    const address = clientAddress(ip);
    const [failed, cleared] = [`failed:${address}`, `cleared:${address}`];
    if (type === 'sign-in.cleared') {
      await this.counters.addMember(this.id, cleared, subject);
      await this.counters.removeMember(this.id, failed, subject);
      return undefined;
    }
    const { count: accounts } = await this.counters.addMember(this.id, failed, subject);
    if (accounts < LEAST_ACCOUNTS) return undefined;
    const signedIn = await this.counters.look(this.id, cleared);
    if (signedIn >= accounts || accounts < (await this.threshold())) return undefined;
    return {
      rule: this.id,
      severity: 'medium',
      subject: { type: 'address', id: address },
      evidence: { accounts, signedIn },
      isContainable: true,
    };
  }

  private async threshold(): Promise<number> {
    const usual = this.counters.thresholdOf(this.id);
    const isAttack = await this.stuffing.isUnderAttack();
    return isAttack ? Math.max(LEAST_ACCOUNTS, Math.ceil(usual * ATTACK_SHARE)) : usual;
  }
}
