import { EntityManager } from '@mikro-orm/core';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RefreshToken } from './refresh-token.entity.js';
import { Session } from './session.entity.js';

/** How often what has expired is deleted. Milliseconds. */
const EVERY = 3_600_000;

/** Deletes sessions and refresh tokens whose time is over: nothing can be done with them any more. */
@Injectable()
export class ExpiredSessions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Sessions');
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.delete();
    this.timer = setInterval(() => void this.delete(), EVERY).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async delete(): Promise<void> {
    const isOver = { expiresAt: { $lt: new Date() } };
    try {
      const em = this.em.fork();
      await em.nativeDelete(RefreshToken, isOver);
      await em.nativeDelete(Session, isOver);
    } catch (err) {
      this.log.error({ event: 'auth.sessions.undeleted', err });
    }
  }
}
