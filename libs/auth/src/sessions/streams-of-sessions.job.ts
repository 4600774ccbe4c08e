import { RecurringJob } from '@app/persistence';
import { OpenStreams } from '@app/security';
import { Injectable, Logger } from '@nestjs/common';
import { SessionService } from './session.service.js';

/** How often it is asked which sessions have ended: with the statement it takes less than the second that is promised. Milliseconds. */
const LOOK_INTERVAL_MS = 500;

/** Ends the streams of sessions that have ended, on whatever instance: a stream is authenticated once, and may last. */
@Injectable()
export class StreamsOfSessionsJob extends RecurringJob {
  protected readonly log = new Logger('Sessions');

  constructor(
    private readonly streams: OpenStreams,
    private readonly sessions: SessionService,
  ) {
    super(LOOK_INTERVAL_MS, 'auth.streams.unchecked');
  }

  protected run(): Promise<void> {
    return this.check();
  }

  async check(): Promise<void> {
    const watched = this.streams.sessions();
    if (watched.length === 0) return;
    const ended = await this.sessions.endedAmong(watched);
    if (ended.size > 0) this.streams.endSessions(ended);
  }
}
