import { EntityManager } from '@mikro-orm/core';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../auth.config.js';
import { EmailTokens } from '../email/email-tokens.service.js';
import { AuthChallenges } from '../challenges/auth-challenges.service.js';
import { GuessCounters } from '../guessing/guess-counters.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { RefreshToken } from './refresh-token.entity.js';
import { Session } from './session.entity.js';

/** How often what has expired is deleted. Milliseconds. */
const EVERY = 3_600_000;

/** How many rows one statement deletes: none may take longer than the database allows for one. */
const BATCH = 1_000;

/** Deletes sessions, refresh and mailed tokens, challenges, counters and notices whose time is over. */
@Injectable()
export class ExpiredSessions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Sessions');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(GuessCounters) private readonly counters: GuessCounters,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
    @Inject(EmailTokens) private readonly emailTokens: EmailTokens,
    @Inject(AuthChallenges) private readonly challenges: AuthChallenges,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {}

  /** No start waits for it: after a long pause there may be much to delete. */
  onApplicationBootstrap(): void {
    this.running = this.delete();
    const again = () => void (this.running = this.delete(this.running));
    this.timer = setInterval(again, EVERY).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.isStopping = true;
    await this.running;
  }

  /** Each kind by itself: one that cannot be deleted must not keep the others. */
  private async delete(previous?: Promise<void>): Promise<void> {
    await previous;
    const kinds = [
      () => this.deleteRefreshTokens(),
      () => this.deleteSessions(),
      () => this.counters.forgetOld(),
      () => this.notices.forgetOld(),
      () => this.emailTokens.forgetExpired(),
      () => this.challenges.forgetOld(),
    ];
    for (const forget of kinds) {
      if (this.isStopping) return;
      await forget().catch((err: unknown) =>
        this.log.error({ event: 'auth.sessions.undeleted', err }),
      );
    }
  }

  private async deleteRefreshTokens(): Promise<void> {
    const isOver = { expiresAt: { $lt: new Date() } };
    await this.inBatches(async (em) => {
      const found = await em.find(RefreshToken, isOver, { limit: BATCH, fields: ['tokenHash'] });
      const tokenHash = { $in: found.map((token) => token.tokenHash) };
      await em.nativeDelete(RefreshToken, { tokenHash, ...isOver });
      return found.length;
    });
  }

  private async deleteSessions(): Promise<void> {
    const idleSince = new Date(Date.now() - this.config.sessionIdle);
    const isOver = {
      $or: [{ expiresAt: { $lt: new Date() } }, { lastSeenAt: { $lt: idleSince } }],
    };
    await this.inBatches(async (em) => {
      const found = await em.find(Session, isOver, { limit: BATCH, fields: ['id'] });
      await em.nativeDelete(Session, { id: { $in: found.map(({ id }) => id) }, ...isOver });
      return found.length;
    });
  }

  private async inBatches(deleteSome: (em: EntityManager) => Promise<number>): Promise<void> {
    let found = BATCH;
    while (found === BATCH && !this.isStopping) found = await deleteSome(this.em.fork());
  }
}
