import {
  Inject,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { connectionsConfig } from './connections.config.js';

/** How long a stop waits for what has begun: from the first step of the stop on, for all who wait together. */
@Injectable()
export class ShutdownDrain implements OnModuleDestroy, OnApplicationShutdown {
  private readonly end = Promise.withResolvers<void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(connectionsConfig.KEY) private readonly config: ConfigType<typeof connectionsConfig>,
  ) {}

  /** Resolves when the time is over, and not before a stop. What has not ended by then is left to itself. */
  get over(): Promise<void> {
    return this.end.promise;
  }

  onModuleDestroy(): void {
    this.timer = setTimeout(() => this.end.resolve(), this.config.shutdownDrain);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }
}
