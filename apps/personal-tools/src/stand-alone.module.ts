import { PersistenceModule } from '@app/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { personalToolsConfig } from './http/personal-tools.config.js';
import { PersonalToolsModule } from './personal-tools.module.js';
import { HealthController } from './http/health.controller.js';
import { McpController } from './http/mcp.controller.js';
import { OwnerDataController } from './http/owner-data.controller.js';

/** The root of the process that serves the tools over HTTP. */
@Module({})
export class StandAloneModule {
  static async forRoot(): Promise<DynamicModule> {
    return {
      module: StandAloneModule,
      imports: [
        ConfigModule.forFeature(personalToolsConfig),
        await PersistenceModule.forRoot(),
        PersonalToolsModule,
      ],
      controllers: [McpController, OwnerDataController, HealthController],
    };
  }
}
