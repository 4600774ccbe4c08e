import { Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { connectionsConfig } from './connections/connections.config.js';
import { ShutdownDrain } from './connections/shutdown-drain.js';
import { httpConfig } from './http/http.config.js';
import { securityConfig } from './security.config.js';
import { OpenStreams } from './streams/open-streams.js';
import { streamsConfig } from './streams/streams.config.js';
import { LimitsModule } from './throttling/limits.module.js';
import { LimitsInForce } from './throttling/limits-in-force.js';
import { LimitDataSource } from './throttling/limit-data.source.js';
import { MemoryThrottlerStorage } from './throttling/memory-throttler.storage.js';
import { ClientThrottlerGuard } from './throttling/policy-throttler.guard.js';
import { EventCounters } from './throttling/event-counters.js';
import { RedisHealthIndicator } from './throttling/redis-health.indicator.js';
import { throttlerOptions } from './throttling/throttler-options.js';

/** The policies that hold for every route: limits, input rules, error answers, headers. */
@Module({
  imports: [
    ConfigModule.forFeature(securityConfig),
    ConfigModule.forFeature(httpConfig),
    ConfigModule.forFeature(connectionsConfig),
    ConfigModule.forFeature(streamsConfig),
    LimitsModule,
    ThrottlerModule.forRootAsync({
      imports: [ConfigModule.forFeature(securityConfig), LimitsModule],
      inject: [securityConfig.KEY, Reflector, LimitsInForce],
      useFactory: async (
        config: ConfigType<typeof securityConfig>,
        reflector: Reflector,
        inForce: LimitsInForce,
      ) => throttlerOptions(config, await openStorage(config.redisUrl), reflector, inForce),
    }),
  ],
  providers: [
    ClientThrottlerGuard,
    EventCounters,
    LimitDataSource,
    OpenStreams,
    RedisHealthIndicator,
    ShutdownDrain,
  ],
  exports: [
    ClientThrottlerGuard,
    ConfigModule,
    EventCounters,
    LimitDataSource,
    LimitsModule,
    OpenStreams,
    RedisHealthIndicator,
    ShutdownDrain,
    ThrottlerModule,
  ],
})
export class SecurityModule {}

async function openStorage(redisUrl: string | undefined) {
  if (!redisUrl) return new MemoryThrottlerStorage();
  const { RedisThrottlerStorage } = await import('./throttling/redis-throttler.storage.js');
  const storage = new RedisThrottlerStorage(redisUrl);
  await storage.connect();
  return storage;
}
