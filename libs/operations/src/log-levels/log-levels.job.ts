import { LogLevels } from '@app/logging';
import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { LogLevelChangeService } from './log-level-change.service.js';

/** Has this instance log by what operators have set. While the database is away what is known stays. */
@Injectable()
export class LogLevelsJob extends ChangeFollower {
  protected readonly log = new Logger('LogLevels');

  constructor(
    look: ChangeLookJob,
    private readonly changes: LogLevelChangeService,
    private readonly levels: LogLevels,
  ) {
    super(look, 'log.levels_unread', 'log_levels');
  }

  protected async read(): Promise<void> {
    const changes = await this.changes.inForce();
    this.levels.set(
      new Map(
        [...changes].map(([module, { level, expiresAt }]) => [
          module,
          { level, end: expiresAt.getTime() },
        ]),
      ),
    );
  }
}
