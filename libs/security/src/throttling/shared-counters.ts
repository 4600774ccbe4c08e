import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import { RedisThrottlerStorage } from './redis-throttler.storage.js';

/** Whether the limits are counted over all instances at the moment. */
@Injectable()
export class SharedCounters {
  constructor(@Inject(getStorageToken()) private readonly storage: unknown) {}

  /** False with counters in this process, whether by configuration or because Redis is away. */
  async areShared(): Promise<boolean> {
    return this.storage instanceof RedisThrottlerStorage && (await this.storage.isUp());
  }
}
