import { EventCounters } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { detectionConfig } from '../settings/detection.config.js';
import type { RuleId } from '../settings/rule-settings.js';

/**
 * What rules count, where the limits count: over all instances with Redis, otherwise in this process, and bounded in
 * either. A rule that is off is asked for nothing.
 */
@Injectable()
export class RuleCounters {
  constructor(
    private readonly counters: EventCounters,
    @Inject(detectionConfig.KEY) private readonly config: ConfigType<typeof detectionConfig>,
  ) {}

  /** From how many on a rule finds something. */
  thresholdOf(rule: RuleId): number {
    return this.config.thresholds[rule]?.hits ?? Infinity;
  }

  /** Counts one about a subject. @returns how many there are in the window of the rule */
  async add(rule: RuleId, subject: string): Promise<number> {
    return (await this.counters.count(keyOf(rule, subject), this.windowOf(rule))).count;
  }

  async look(rule: RuleId, subject: string): Promise<number> {
    return (await this.counters.look(keyOf(rule, subject), this.windowOf(rule))).count;
  }

  /** Counts a member of a group, once in the window. @returns how many members there are, and whether it is a new one */
  async addMember(
    rule: RuleId,
    group: string,
    member: string,
  ): Promise<{ readonly count: number; readonly isNew: boolean }> {
    const key = keyOf(rule, `${group}:${member}`);
    const isNew = (await this.counters.count(key, this.windowOf(rule), 1)).count === 1;
    return { count: await (isNew ? this.add(rule, group) : this.look(rule, group)), isNew };
  }

  /** Takes a member back, if it is there. */
  async removeMember(rule: RuleId, group: string, member: string): Promise<void> {
    const key = keyOf(rule, `${group}:${member}`);
    if ((await this.counters.look(key, this.windowOf(rule))).count === 0) return;
    await Promise.all([key, keyOf(rule, group)].map((one) => this.counters.release(one)));
  }

  private windowOf(rule: RuleId): number {
    return this.config.thresholds[rule]?.window ?? 1;
  }
}

/** Ids of accounts stand in it as they are: the erasure of an account forgets the counts whose keys hold its id. */
function keyOf(rule: RuleId, subject: string): string {
  return `detect:${rule}:${subject}`;
}
