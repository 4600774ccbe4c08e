import { FourEyesService, type GuardedAct, type UseConfirmation } from '@app/auth';
import type { RecordAudit } from '@app/logging';
import { noteChange } from '@app/persistence';
import { boundsOf, inBounds, LIMIT_NAMES, type LimitName, securityConfig } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { LimitChange } from './limit-change.entity.js';
import { LimitError } from './limit.error.js';
import type { LimitView } from './limit.view.js';

/** What an operator wants. */
export interface WantedLimit {
  readonly hits: number;
  readonly reason: string;
  /** How long; until it is reset without. Milliseconds. */
  readonly durationMs?: number;
}

/** Changes the limits of calls while the service runs. `LimitChangesJob` has every instance know. */
@Injectable()
export class LimitChangeService {
  constructor(
    private readonly em: EntityManager,
    private readonly fourEyes: FourEyesService,
    @Inject(securityConfig.KEY) private readonly config: ConfigType<typeof securityConfig>,
  ) {}

  async list(): Promise<LimitView[]> {
    const changes = await this.inForce();
    return LIMIT_NAMES.map((name) => this.toView(name, changes.get(name)));
  }

  /** By their names. */
  async inForce(): Promise<ReadonlyMap<string, LimitChange>> {
    const where = { $or: [{ expiresAt: null }, { expiresAt: { $gt: new Date() } }] };
    const changes = await this.em.fork().find(LimitChange, where);
    return new Map(changes.map((change) => [change.name, change]));
  }

  /**
   * @param record writes the record in the same transaction
   * @throws LimitError `limit_out_of_bounds`; ConfirmationError `confirmation_required`
   */
  async change(
    admin: GuardedAct['admin'],
    name: LimitName,
    { hits, reason, durationMs }: WantedLimit,
    record?: RecordAudit,
  ): Promise<LimitView> {
    const configured = this.config.limits[name].hits;
    this.assertInBounds(configured, hits);
    const now = new Date();
    const expiresAt = durationMs === undefined ? null : new Date(now.getTime() + durationMs);
    const change = { name, hits, reason, changedAt: now, expiresAt };
    const write = (use: UseConfirmation) =>
      this.em.fork().transactional(async (em) => {
        await use(em);
        await em.upsert(LimitChange, change);
        await record?.(name, em);
        await noteChange(em, 'limits');
      });
    if (hits > configured) {
      const seconds = durationMs === undefined ? null : durationMs / 1_000;
      const guarded = { act: 'raise-limit', arguments: { limit: name, hits, seconds } } as const;
      await this.fourEyes.guard({ ...guarded, admin }, write);
    } else {
      await write(() => Promise.resolve());
    }
    return this.toView(name, change);
  }

  /**
   * To what is configured.
   *
   * @param record writes the record in the same transaction
   * @throws LimitError `limit_not_changed`
   */
  async reset(name: LimitName, record?: RecordAudit): Promise<LimitView> {
    await this.em.fork().transactional(async (em) => {
      if ((await em.nativeDelete(LimitChange, { name })) === 0) throw LimitError.notChanged();
      await record?.(name, em);
      await noteChange(em, 'limits');
    });
    return this.toView(name, undefined);
  }

  private assertInBounds(configured: number, hits: number): void {
    const { least, most } = boundsOf(configured);
    if (hits < least || hits > most) throw LimitError.outOfBounds(least, most);
  }

  private toView(name: LimitName, change: Omit<LimitChange, 'name'> | undefined): LimitView {
    const { hits, window } = this.config.limits[name];
    return {
      name,
      hits: change ? inBounds(change.hits, hits) : hits,
      configuredHits: hits,
      windowSeconds: window / 1_000,
      reason: change?.reason ?? null,
      changedAt: change?.changedAt.toISOString() ?? null,
      expiresAt: change?.expiresAt?.toISOString() ?? null,
    };
  }
}
