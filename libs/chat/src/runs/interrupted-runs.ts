import {
  Inject,
  Injectable,
  Logger,
  type OnModuleDestroy,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RunStore } from './run-store.js';

/** How often runs are looked for whose process is gone. Milliseconds. */
const LOOK_EVERY = 15_000;

/** Closes runs that a dead process left behind, its own former self included. Any instance does it for all. */
@Injectable()
export class InterruptedRuns implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Runs');
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(RunStore) private readonly store: RunStore) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.close();
    this.timer = setInterval(() => void this.close(), LOOK_EVERY).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async close(): Promise<void> {
    try {
      const count = await this.store.interruptOverdue();
      if (count > 0) this.log.warn({ event: 'chat.runs.interrupted', count });
    } catch (err) {
      this.log.error({ event: 'chat.runs.unchecked', err });
    }
  }
}
