import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { LimitsInForce } from '@app/security';
import { Injectable, Logger } from '@nestjs/common';
import { LimitChangeService } from './limit-change.service.js';

/** Has this instance count by what operators have set. While the database is away what is known stays. */
@Injectable()
export class LimitChangesJob extends ChangeFollower {
  protected readonly log = new Logger('Limits');

  constructor(
    look: ChangeLookJob,
    private readonly changes: LimitChangeService,
    private readonly limits: LimitsInForce,
  ) {
    super(look, 'limits.unread', 'limits');
  }

  protected async read(): Promise<void> {
    const changes = await this.changes.inForce();
    this.limits.set(
      new Map(
        [...changes].map(([name, { hits, expiresAt }]) => [
          name,
          { hits, end: expiresAt?.getTime() ?? Infinity },
        ]),
      ),
    );
  }
}
