import {
  LOG_MODULES,
  LogLevels,
  type LogModule,
  type ModuleLevel,
  type RecordAudit,
} from '@app/logging';
import { noteChange } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { LogLevelChange } from './log-level-change.entity.js';
import { LogLevelError } from './log-level.error.js';
import type { LogLevelView } from './log-level.view.js';

/** How long a level holds where nothing else is said. */
export const DEFAULT_DURATION_MS = 3_600_000;

/** The longest that it can hold: a log at `debug` grows quickly, and a quiet one hides what happens. */
export const LONGEST_DURATION_MS = 7 * 86_400_000;

/** What an operator wants. */
export interface WantedLevel {
  readonly level: ModuleLevel;
  readonly reason: string;
  /** @default DEFAULT_DURATION_MS */
  readonly durationMs?: number;
}

/** Changes levels of the log while the service runs. `LogLevelsJob` has every instance know. */
@Injectable()
export class LogLevelChangeService {
  constructor(
    private readonly em: EntityManager,
    private readonly levels: LogLevels,
  ) {}

  async list(): Promise<LogLevelView[]> {
    const changes = await this.inForce();
    return LOG_MODULES.map((module) => this.toView(module, changes.get(module)));
  }

  /** By their modules. */
  async inForce(): Promise<ReadonlyMap<LogModule, LogLevelChange>> {
    const changes = await this.em.fork().find(LogLevelChange, { expiresAt: { $gt: new Date() } });
    return new Map(changes.map((change) => [change.module, change]));
  }

  /** @param record writes the record in the same transaction */
  async change(
    module: LogModule,
    { level, reason, durationMs = DEFAULT_DURATION_MS }: WantedLevel,
    record?: RecordAudit,
  ): Promise<LogLevelView> {
    const now = new Date();
    const expiresAt = new Date(now.getTime() + durationMs);
    const change = { module, level, reason, changedAt: now, expiresAt };
    await this.em.fork().transactional(async (em) => {
      await em.upsert(LogLevelChange, change);
      await record?.(module, em);
      await noteChange(em, 'log_levels');
    });
    return this.toView(module, change);
  }

  /**
   * To what is configured.
   *
   * @param record writes the record in the same transaction
   * @throws LogLevelError `log_level_not_changed`
   */
  async reset(module: LogModule, record?: RecordAudit): Promise<LogLevelView> {
    await this.em.fork().transactional(async (em) => {
      const where = { module, expiresAt: { $gt: new Date() } };
      if ((await em.nativeDelete(LogLevelChange, where)) === 0) throw LogLevelError.notChanged();
      await record?.(module, em);
      await noteChange(em, 'log_levels');
    });
    return this.toView(module, undefined);
  }

  private toView(module: LogModule, change: LogLevelChange | undefined): LogLevelView {
    const { configured } = this.levels;
    return {
      module,
      level: change?.level ?? configured,
      configuredLevel: configured,
      reason: change?.reason ?? null,
      changedAt: change?.changedAt.toISOString() ?? null,
      expiresAt: change?.expiresAt.toISOString() ?? null,
    };
  }
}
