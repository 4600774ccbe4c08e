import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { type DynamicModule, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { migrate } from './migrate.js';
import { ormOptions } from './orm-options.js';
import { persistenceConfig } from './persistence.config.js';
import { DatabaseHealth } from './database-health.js';
import { DeletedTraces } from './deleted-traces.js';

/**
 * The database. Feature modules bring their entities with `MikroOrmModule.forFeature` and inject the
 * `EntityManager`, of which each operation takes its own `fork()`.
 */
@Module({
  imports: [ConfigModule.forFeature(persistenceConfig)],
  providers: [DatabaseHealth, DeletedTraces],
  exports: [DatabaseHealth, DeletedTraces],
})
export class PersistenceModule implements OnModuleInit {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
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
          useFactory: async (config: ConfigType<typeof persistenceConfig>) => ({
            ...(await ormOptions(config)),
            autoLoadEntities: true,
            registerRequestContext: false,
          }),
          // Only a hint for driver-specific injection tokens, of which none is used.
          driver: (await import('@mikro-orm/sql')).AbstractSqlDriver as never,
        }),
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    await migrate(this.orm, this.config);
  }
}
