import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { StreamsOfSessionsJob } from './streams-of-sessions.job.js';
import { PrincipalCache } from './tokens/principal-cache.js';

/** Has this instance read each session again, at its next call, when an operator has ended some on any instance. */
@Injectable()
export class EndedSessionsJob extends ChangeFollower {
  protected readonly log = new Logger('Sessions');

  constructor(
    look: ChangeLookJob,
    private readonly cache: PrincipalCache,
    private readonly streams: StreamsOfSessionsJob,
  ) {
    super(look, 'auth.sessions.unread', 'sessions');
  }

  protected read(): Promise<void> {
    this.cache.distrust();
    return this.streams.check();
  }
}
