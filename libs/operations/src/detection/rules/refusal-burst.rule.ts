import { clientAddress } from '@app/security';
import type { RequestRefused } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding, Subject } from '../../events/security-finding.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/**
 * What phones in ordinary use meet: tokens that expire while three hundred of them lie in a drawer over the weekend,
 * tokens of a key that we have replaced, proofs that are asked for, passwords (which the sign-in rules count), and blocks
 * that are there already.
 */
const ORDINARY: ReadonlySet<string> = new Set([
  'token_expired',
  'invalid_token',
  'session_ended',
  'use_dpop_nonce',
  'step_up_required',
  'second_factor_required',
  'invalid_credentials',
  'invalid_second_factor',
  'invalid_refresh_token',
  'blocked',
]);

/** Many refused calls of one account or address: a scan for routes, ids or rights. */
@Injectable()
export class RefusalBurstRule implements DetectionRule<'request.refused'> {
  readonly id = 'refusal-burst';
  readonly watches = ['request.refused'] as const;

  constructor(private readonly counters: RuleCounters) {}

  async inspect({ ip, code, status, accountId }: RequestRefused): Promise<Finding | undefined> {
    if (ORDINARY.has(code)) return undefined;
    const subject: Subject = accountId
      ? { type: 'account', id: accountId }
      : { type: 'address', id: clientAddress(ip) };
    const [refusals] = await Promise.all([
      this.counters.add(this.id, subject.id),
      this.counters.add(this.id, `${subject.id}:${status}`),
    ]);
    if (refusals < this.counters.thresholdOf(this.id)) return undefined;
    const evidence = { refusals, ...(await this.byStatus(subject.id)) };
    const isContainable = subject.type === 'address';
    return { rule: this.id, severity: 'medium', subject, evidence, isContainable };
  }

  private async byStatus(subject: string): Promise<Record<string, number>> {
    const statuses = [401, 403, 404];
    const counts = await Promise.all(
      statuses.map((status) => this.counters.look(this.id, `${subject}:${status}`)),
    );
    return Object.fromEntries(statuses.map((status, at) => [`status${status}`, counts[at]!]));
  }
}
