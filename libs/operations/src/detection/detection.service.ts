import { counter } from '@app/metrics';
import { onSignals, type SecuritySignal, type SignalType } from '@app/signals';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { detectionConfig } from './settings/detection.config.js';
import { FindingLogService } from './finding-log.service.js';
import { type DetectionRule, DetectionRules } from './rules/detection-rule.js';
import { RULE_IDS } from './settings/rule-settings.js';

/** The most signals that wait. Beyond it new ones are dropped: what floods is counted often enough. */
const MAX_WAITING = 10_000;

/** How many are looked at together. With Redis their counts go there as one command. */
const SIGNALS_PER_TURN = 64;

const dropped = counter({
  name: 'gateway_signals_dropped_total',
  help: 'Security signals that were dropped because too many arrived at once.',
  labels: [],
});

/** Has the rules look at the signals of this process, beside the calls that emit them. */
@Injectable()
export class DetectionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Detection');
  private readonly byType = new Map<SignalType, DetectionRule[]>();
  private waiting: SecuritySignal[] = [];
  private working: Promise<void> | undefined;
  private stop: () => void = () => undefined;

  constructor(
    @Inject(DetectionRules) private readonly rules: DetectionRules,
    private readonly findings: FindingLogService,
    @Inject(detectionConfig.KEY) private readonly config: ConfigType<typeof detectionConfig>,
  ) {}

  onApplicationBootstrap(): void {
    const active = this.rules.filter((rule) => this.isActive(rule));
    for (const rule of active) {
      for (const type of rule.watches) {
        this.byType.set(type, [...(this.byType.get(type) ?? []), rule]);
      }
    }
    const off = RULE_IDS.filter((id) => !(id in this.config.thresholds));
    if (off.length > 0) this.log.log({ event: 'detection.off', reason: off.join(', ') });
    this.stop = onSignals((signal) => this.take(signal));
  }

  async onModuleDestroy(): Promise<void> {
    this.stop();
    await this.working;
  }

  private isActive(rule: DetectionRule): boolean {
    if (this.config.thresholds[rule.id] === undefined) return false;
    if (rule.isBlindFor === undefined) return true;
    this.log.log({ event: 'detection.blind', action: rule.id, reason: rule.isBlindFor });
    return false;
  }

  private take(signal: SecuritySignal): void {
    if (!this.byType.has(signal.type)) return;
    if (this.waiting.length >= MAX_WAITING) return dropped.add({});
    this.waiting.push(signal);
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      // After the calls that are being answered.
      await new Promise(setImmediate);
      const some = this.waiting.slice(0, SIGNALS_PER_TURN);
      this.waiting = this.waiting.slice(SIGNALS_PER_TURN);
      await Promise.all(some.map((signal) => this.inspect(signal)));
    }
  }

  private async inspect(signal: SecuritySignal): Promise<void> {
    for (const rule of this.byType.get(signal.type) ?? []) {
      try {
        const finding = await rule.inspect(signal);
        if (finding) this.findings.note(finding);
      } catch (err) {
        // The other rules look at it all the same.
        this.log.error({ event: 'detection.failed', action: rule.id, err });
      }
    }
  }
}
