import { Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { httpConfig } from './http/http.config.js';
import { securityConfig } from './security.config.js';
import { LimitData } from './throttling/limit-data.js';
import { MemoryThrottlerStorage } from './throttling/memory-throttler.storage.js';
import { RedisThrottlerStorage } from './throttling/redis-throttler.storage.js';
import { EventCounters } from './throttling/event-counters.js';
import { SharedCounters } from './throttling/shared-counters.js';
import { throttlerOptions } from './throttling/throttler-options.js';

/** The policies that hold for every route: limits, input rules, error answers, headers. */
@Module({
  imports: [
    ConfigModule.forFeature(securityConfig),
    ConfigModule.forFeature(httpConfig),
    ThrottlerModule.forRootAsync({
      imports: [ConfigModule.forFeature(securityConfig)],
      inject: [securityConfig.KEY, Reflector],
      useFactory: async (config: ConfigType<typeof securityConfig>, reflector: Reflector) =>
        throttlerOptions(config, await openStorage(config.redisUrl), reflector),
    }),
  ],
  providers: [EventCounters, LimitData, SharedCounters],
  exports: [ConfigModule, EventCounters, LimitData, SharedCounters, ThrottlerModule],
})
export class SecurityModule {}

async function openStorage(redisUrl: string | undefined) {
  if (!redisUrl) return new MemoryThrottlerStorage();
  const storage = new RedisThrottlerStorage(redisUrl);
  await storage.connect();
  return storage;
}
