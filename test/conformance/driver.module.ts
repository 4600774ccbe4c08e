import { AuthModule } from '@app/auth';
import {
  ConnectionsModule,
  ConnectionTokens,
  ConnectionTokensModule,
  type OAuthServer,
  type OAuthServers,
} from '@app/connections';
import { LoggingModule } from '@app/logging';
import { McpModule } from '@app/mcp';
import { PersistenceModule } from '@app/persistence';
import { SecurityModule } from '@app/security';
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';

/** In the place of the profiles: a server comes with each scenario. */
@Injectable()
export class ScenarioServers implements OAuthServers {
  readonly all: OAuthServer[] = [];

  list(): readonly OAuthServer[] {
    return this.all;
  }
}

@Module({ providers: [ScenarioServers], exports: [ScenarioServers] })
class ScenarioServersModule {}

/** What the gateway connects to MCP servers with, composed as it composes it. */
@Module({})
export class DriverModule {
  static async forRoot(): Promise<DynamicModule> {
    return {
      module: DriverModule,
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        await PersistenceModule.forRoot(),
        LoggingModule.forRoot({ destination: { write: () => {} } }),
        SecurityModule,
        AuthModule,
        McpModule.forRoot({ imports: [ConnectionTokensModule], credentials: ConnectionTokens }),
        ConnectionsModule.forRoot({ imports: [ScenarioServersModule], servers: ScenarioServers }),
      ],
    };
  }
}
