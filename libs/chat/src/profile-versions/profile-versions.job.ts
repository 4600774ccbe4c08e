import { AuditTrail, outcomeOf } from '@app/logging';
import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { DomainError } from '@app/security';
import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { AppliedVersions } from './applied-versions.js';
import { ProfileVersionService } from './profile-version.service.js';
import { ProfileVersionStore } from './profile-version.store.js';

/** Takes the files at the start and at SIGHUP, and serves what any instance has put in force. */
@Injectable()
export class ProfileVersionsJob extends ChangeFollower {
  protected readonly log = new Logger('Profiles');
  private readonly onHangup = () => void this.reload();

  constructor(
    look: ChangeLookJob,
    private readonly store: ProfileVersionStore,
    private readonly catalog: ProfileCatalog,
    private readonly versions: AppliedVersions,
    private readonly service: ProfileVersionService,
    private readonly trail: AuditTrail,
  ) {
    super(look, 'chat.profiles.unread', 'profiles');
  }

  /** Before the first request. */
  override async onApplicationBootstrap(): Promise<void> {
    await this.store.take(this.catalog.readFiles(), null);
    await this.versions.apply();
    process.on('SIGHUP', this.onHangup);
    await super.onApplicationBootstrap();
  }

  override async onModuleDestroy(): Promise<void> {
    process.off('SIGHUP', this.onHangup);
    await super.onModuleDestroy();
  }

  protected read(): Promise<void> {
    return this.versions.apply();
  }

  private async reload(): Promise<void> {
    const about = { action: 'profiles.reloaded', ip: 'signal', requestId: randomUUID() };
    try {
      const { changes } = await this.service.reload(null);
      this.log.log({ event: 'chat.profiles.reloaded', count: changes.length });
      await this.trail.record({ ...about, outcome: 'succeeded' });
    } catch (error) {
      const isFault = error instanceof DomainError;
      const reason = isFault ? error.message : undefined;
      this.log.error({ event: 'chat.profiles.refused', reason, ...(!isFault && { err: error }) });
      await this.trail.record({ ...about, outcome: outcomeOf(error) });
    }
  }
}
