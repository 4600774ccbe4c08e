import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { EmailTokenService } from '../../accounts/email/email-token.service.js';
import { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';
import { AuthChallengeService } from '../../factors/challenges/auth-challenge.service.js';
import { GuessCounterService } from '../../factors/guessing/guess-counter.service.js';
import { RefreshToken } from '../../sessions/refresh-token.entity.js';
import { sessionConfig } from '../../sessions/session.config.js';
import { Session } from '../../sessions/session.entity.js';
import { SessionGenerationService } from '../../sessions/session-generation.service.js';

/** The interval between deletions of expired rows. Milliseconds. */
const SWEEP_INTERVAL_MS = 3_600_000;

/** The most rows that one statement deletes, so that it stays within the statement timeout of the database. */
const ROWS_PER_STATEMENT = 1_000;

/** Deletes expired sessions, refresh tokens, mailed tokens, challenges, counters and notices. */
@Injectable()
export class ExpiredRowsJob extends RecurringJob {
  protected readonly log = new Logger('Sessions');

  constructor(
    private readonly em: EntityManager,
    private readonly counters: GuessCounterService,
    private readonly notices: SecurityNoticeService,
    private readonly emailTokens: EmailTokenService,
    private readonly challenges: AuthChallengeService,
    private readonly generations: SessionGenerationService,
    @Inject(sessionConfig.KEY) private readonly config: ConfigType<typeof sessionConfig>,
  ) {
    super(SWEEP_INTERVAL_MS, 'auth.sessions.undeleted');
  }

  /** Each kind separately: a failure of one must not prevent the others. */
  protected async run(): Promise<void> {
    const kinds = [
      () => this.deleteRefreshTokens(),
      () => this.deleteSessions(),
      () => this.counters.forgetOld(),
      () => this.notices.forgetOld(),
      () => this.emailTokens.forgetExpired(),
      () => this.challenges.forgetOld(),
      () => this.generations.noteEnded(this.shutdown.signal),
    ];
    for (const forget of kinds) {
      if (this.shutdown.signal.aborted) return;
      await forget().catch((err: unknown) =>
        this.log.error({ event: 'auth.sessions.undeleted', err }),
      );
    }
  }

  private async deleteRefreshTokens(): Promise<void> {
    const isOver = { expiresAt: { $lt: new Date() } };
    await this.inBatches(async (em) => {
      const found = await em.find(RefreshToken, isOver, {
        limit: ROWS_PER_STATEMENT,
        fields: ['tokenHash'],
      });
      const tokenHash = { $in: found.map((token) => token.tokenHash) };
      await em.nativeDelete(RefreshToken, { tokenHash, ...isOver });
      return found.length;
    });
  }

  private async deleteSessions(): Promise<void> {
    const idleSince = new Date(Date.now() - this.config.idle);
    const isOver = {
      $or: [{ expiresAt: { $lt: new Date() } }, { lastSeenAt: { $lt: idleSince } }],
    };
    await this.inBatches(async (em) => {
      const found = await em.find(Session, isOver, { limit: ROWS_PER_STATEMENT, fields: ['id'] });
      await em.nativeDelete(Session, { id: { $in: found.map(({ id }) => id) }, ...isOver });
      return found.length;
    });
  }

  private async inBatches(deleteSome: (em: EntityManager) => Promise<number>): Promise<void> {
    let found = ROWS_PER_STATEMENT;
    while (found === ROWS_PER_STATEMENT && !this.shutdown.signal.aborted)
      found = await deleteSome(this.em.fork());
  }
}
