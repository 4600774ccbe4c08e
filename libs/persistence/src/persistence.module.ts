import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { AbstractSqlDriver } from '@mikro-orm/sql';
import { type DynamicModule, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { AtomicWriteService } from './atomic-write.service.js';
import { ChangeLookJob } from './changes/change-look.job.js';
import { migrate } from './migrate.js';
import { ormOptions } from './orm-options.js';
import { persistenceConfig } from './persistence.config.js';
import { DatabaseHealthIndicator } from './database-health.indicator.js';
import { assertNoUnfinishedRestore } from './unfinished-restore.js';
import { SecureDeleteService } from './secure-delete.service.js';

/**
 * The database. Feature modules bring their entities with `MikroOrmModule.forFeature` and inject the
 * `EntityManager`, of which each operation takes its own `fork()`.
 */
@Module({
  imports: [ConfigModule.forFeature(persistenceConfig)],
  providers: [AtomicWriteService, ChangeLookJob, DatabaseHealthIndicator, SecureDeleteService],
  exports: [AtomicWriteService, ChangeLookJob, DatabaseHealthIndicator, SecureDeleteService],
})
export class PersistenceModule implements OnModuleInit {
  constructor(
    private readonly orm: MikroORM,
    @Inject(persistenceConfig.KEY) private readonly config: ConfigType<typeof persistenceConfig>,
  ) {}

  static async forRoot(): Promise<DynamicModule> {
    return {
      module: PersistenceModule,
      global: true,
      imports: [
        await MikroOrmModule.forRootAsync({
          imports: [ConfigModule.forFeature(persistenceConfig)],
          inject: [persistenceConfig.KEY],
          useFactory: async (config: ConfigType<typeof persistenceConfig>) => {
            assertNoUnfinishedRestore(config.dataDir);
            return {
              ...(await ormOptions(config)),
              autoLoadEntities: true,
              registerRequestContext: false,
            };
          },
          // Only a hint for driver-specific injection tokens, of which none is used.
          driver: AbstractSqlDriver as never,
        }),
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    await migrate(this.orm, this.config);
  }
}
