import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import type { RedisThrottlerStorage } from './redis-throttler.storage.js';

/** Whether the limits are counted over all instances at the moment. */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    @Inject(getStorageToken()) private readonly storage: Partial<RedisThrottlerStorage>,
  ) {}

  /** False with counters in this process, whether by configuration or because Redis is away. */
  async areShared(): Promise<boolean> {
    return (await this.storage.isUp?.()) ?? false;
  }
}
